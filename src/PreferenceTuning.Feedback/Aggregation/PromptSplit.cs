using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Aggregation;

/// <summary>
/// Splits by prompt: everything about one prompt lands on one side, and stays there when records are added or reordered, because the
/// side depends on the prompt's words (white space folded) and the seed only.
/// </summary>
public static class PromptSplit
{
    /// <summary>Whether a prompt belongs to the held-out part.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="heldOut">The expected share of held-out prompts, 0 to 1.</param>
    /// <param name="seed">Another seed gives another split.</param>
    public static bool IsHeldOut(Passage prompt, double heldOut, long seed)
    {
        if (!(heldOut >= 0 && heldOut <= 1))
            throw new ArgumentOutOfRangeException(nameof(heldOut), heldOut, "The share must lie between 0 and 1.");
        return SeededOrder.Fraction(seed, ContentKeys.OfPrompt(prompt)) < heldOut;
    }

    /// <summary>Splits records.</summary>
    /// <param name="records">The records.</param>
    /// <param name="prompt">Their prompts.</param>
    /// <param name="heldOut">The expected share of held-out prompts, 0 to 1; the share of records differs where prompts repeat.</param>
    /// <param name="seed">Another seed gives another split.</param>
    /// <returns>Both parts, each in the records' order.</returns>
    public static (IReadOnlyList<T> Train, IReadOnlyList<T> HeldOut) Split<T>(
        IEnumerable<T> records, Func<T, Passage> prompt, double heldOut, long seed)
    {
        var sides = records.ToLookup(record => IsHeldOut(prompt(record), heldOut, seed));
        return ([.. sides[false]], [.. sides[true]]);
    }
}
