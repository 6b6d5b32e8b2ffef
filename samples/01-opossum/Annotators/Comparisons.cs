using PreferenceTuning.Feedback.Aggregation;
using PreferenceTuning.Feedback.Judgements;

namespace Opossum.Annotators;

/// <summary>One side better than another in one judgement.</summary>
internal sealed record ChosenRejected(string Prompt, string Chosen, string Rejected, string? Annotator);

/// <summary>A ranking as texts, best first; texts in one inner list are tied.</summary>
internal sealed record RankedTexts(string Prompt, IReadOnlyList<IReadOnlyList<string>> Groups, string? Annotator);

/// <summary>From judgements to what is trained on.</summary>
internal static class Comparisons
{
    /// <summary>The judgements that say something about what is better: not skipped, not a gold item, not all tied.</summary>
    public static IReadOnlyList<Judgement> Usable(IReadOnlyList<Judgement> judgements)
    {
        var gold = judgements.Where(judgement => judgement.Gold).Select(judgement => judgement.ItemKey).ToHashSet(StringComparer.Ordinal);
        return [.. judgements.Where(judgement => judgement.Ranking is { Count: > 1 } && !judgement.Skipped && !gold.Contains(judgement.ItemKey))];
    }

    /// <summary>Splits by prompt, so that no prompt is on both sides.</summary>
    /// <param name="judgements">The judgements.</param>
    /// <param name="heldOut">Share of the prompts to hold out, in (0, 1).</param>
    /// <param name="seed">Decides which.</param>
    public static (IReadOnlyList<Judgement> Training, IReadOnlyList<Judgement> HeldOut) Split(
        IReadOnlyList<Judgement> judgements, double heldOut, long seed) =>
        PromptSplit.Split(judgements, judgement => judgement.Prompt, heldOut, seed);

    /// <summary>A judgement as texts.</summary>
    public static RankedTexts Texts(Judgement judgement) => new(
        judgement.Prompt.ToPlainText(),
        [.. (judgement.Ranking ?? []).Select(group => (IReadOnlyList<string>)[.. group.Select(id => judgement.CandidateOf(id).Text.ToPlainText())])],
        judgement.Annotator);

    /// <summary>
    /// Every pair of candidates of which one was ranked above the other. A ranking of k without ties gives k (k - 1) / 2.
    /// </summary>
    public static IEnumerable<ChosenRejected> Pairs(Judgement judgement)
    {
        var (prompt, groups, annotator) = Texts(judgement);
        for (var better = 0; better < groups.Count; better++)
        {
            foreach (var rejected in groups.Skip(better + 1).SelectMany(group => group))
            {
                foreach (var chosen in groups[better])
                {
                    yield return new ChosenRejected(prompt, chosen, rejected, annotator);
                }
            }
        }
    }
}
