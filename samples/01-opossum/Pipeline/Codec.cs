using PreferenceTuning.Tokenization;

namespace Opossum.Pipeline;

/// <summary>Between texts and tokens: a prompt, what separates it from its answer, and the token that ends an answer.</summary>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="Separator">Text between prompt and answer.</param>
/// <param name="Begin">A token before the prompt, or null.</param>
/// <param name="End">The token that ends an answer.</param>
internal sealed record Codec(TextTokenizer Tokenizer, string Separator, int? Begin, int End)
{
    /// <summary>Tokens of which any ends an answer; <see cref="End"/> is one of them.</summary>
    public IReadOnlyList<int> Stops { get; init; } = [End];

    /// <summary>
    /// Answers are excerpts: cut at a number of tokens in the middle of a story, so no text says by itself that it is over, and no end
    /// token is put behind one.
    /// </summary>
    public bool Excerpts { get; init; }

    /// <summary>The tokens that an answer follows.</summary>
    public int[] Prompt(string prompt)
    {
        var ids = Tokenizer.Encode(prompt + Separator, addSpecialTokens: false);
        return Begin is { } begin ? [begin, .. ids] : [.. ids];
    }

    /// <summary>The tokens of an answer, its end included where answers have one. Never empty.</summary>
    public int[] Answer(string answer)
    {
        var ids = Tokenizer.Encode(answer, addSpecialTokens: false);
        return Excerpts && ids.Count > 0 ? [.. ids] : [.. ids, End];
    }

    /// <summary>Prompt and answer as one sequence.</summary>
    public int[] Sequence(string prompt, string answer) => [.. Prompt(prompt), .. Answer(answer)];

    /// <summary>
    /// What a reward model reads: prompt and answer, and an end token behind excerpts too. The score is read off at the last token; one
    /// token that is always the same learns to look back over the text, whatever word the text was cut at does not.
    /// </summary>
    public int[] Judged(string prompt, string answer) => Judged(Prompt(prompt), answer);

    /// <summary>The same for a prompt in tokens.</summary>
    public int[] Judged(IEnumerable<int> prompt, string answer) => [.. prompt, .. Tokenizer.Encode(answer, addSpecialTokens: false), End];

    /// <summary>The text of an answer's tokens, without its end.</summary>
    public string Text(IEnumerable<int> tokens) => Tokenizer.Decode(tokens).Trim();
}
