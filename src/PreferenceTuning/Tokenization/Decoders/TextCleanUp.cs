namespace PreferenceTuning.Tokenization;

/// <summary>
/// The "clean up tokenization spaces" rule of older tokenizers, as a plain string function. Nothing here applies it by itself.
/// </summary>
public static class TextCleanUp
{
    private static readonly (string From, string To)[] Rules =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"),
        (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    private static readonly (string From, string To)[] DecoderRules = [.. Rules[..7], (" do not", " don't"), .. Rules[7..]];

    /// <summary>
    /// Removes the space before <c>. ? ! ,</c> and before contractions, and both spaces around a single quote; the rules apply one
    /// after another over the whole text.
    /// </summary>
    public static string Apply(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Rules.Aggregate(text, (current, rule) => current.Replace(rule.From, rule.To, StringComparison.Ordinal));
    }

    // The rule of the decoders in tokenizer.json has one entry more.
    internal static string InDecoder(string text) =>
        DecoderRules.Aggregate(text, (current, rule) => current.Replace(rule.From, rule.To, StringComparison.Ordinal));
}
