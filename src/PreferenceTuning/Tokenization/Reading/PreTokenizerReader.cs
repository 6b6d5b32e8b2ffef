using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>Pre-tokenizers by their name in tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    private const string Known =
        "Sequence, ByteLevel, Split, Metaspace, Digits, Punctuation, Whitespace, WhitespaceSplit, BertPreTokenizer, CharDelimiterSplit";

    public static IPreTokenizer? Read(JsonPart json) => json.IsNull ? null : json.Type switch
    {
        "Sequence" => new SequencePreTokenizer([.. json.Child("pretokenizers").Items().Select(item => Read(item)).OfType<IPreTokenizer>()]),
        "ByteLevel" => new ByteLevelPreTokenizer(json.Flag("add_prefix_space", true), json.Flag("use_regex", true)),
        "Split" => new SplitPreTokenizer(PatternReader.Read(json.Child("pattern")), Behavior(json), json.Flag("invert", false)),
        "Metaspace" => new MetaspacePreTokenizer(json.Letter("replacement"), Scheme(json), json.Flag("split", true)),
        "Digits" => CharacterPreTokenizer.Digits(json.Flag("individual_digits", false)),
        "Punctuation" => CharacterPreTokenizer.Punctuation(json.Child("behavior").IsNull ? DelimiterBehavior.Isolated : Behavior(json)),
        "Whitespace" => new WordPreTokenizer(),
        "WhitespaceSplit" => CharacterPreTokenizer.WhiteSpace,
        "BertPreTokenizer" => new SequencePreTokenizer(
            [CharacterPreTokenizer.WhiteSpace, CharacterPreTokenizer.Punctuation(DelimiterBehavior.Isolated)]),
        "CharDelimiterSplit" => CharacterPreTokenizer.Delimiter(Delimiter(json)),
        _ => throw json.Unknown("pre-tokenizer", Known),
    };

    /// <summary>The prepend scheme of a Metaspace; older files say <c>add_prefix_space</c> instead.</summary>
    public static PrependScheme Scheme(JsonPart json) => json.TextOrNull("prepend_scheme") switch
    {
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        null => json.Flag("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never,
        var other => throw json.Wrong($"the prepend_scheme '{other}' is unknown; always, first and never are known."),
    };

    private static DelimiterBehavior Behavior(JsonPart json) => json.Text("behavior") switch
    {
        "Removed" => DelimiterBehavior.Removed,
        "Isolated" => DelimiterBehavior.Isolated,
        "Contiguous" => DelimiterBehavior.Contiguous,
        "MergedWithPrevious" => DelimiterBehavior.MergedWithPrevious,
        "MergedWithNext" => DelimiterBehavior.MergedWithNext,
        var other => throw json.Wrong(
            $"the behavior '{other}' is unknown; Removed, Isolated, Contiguous, MergedWithPrevious and MergedWithNext are known."),
    };

    private static Rune Delimiter(JsonPart json)
    {
        var text = json.Text("delimiter");
        var isOne = Rune.DecodeFromUtf16(text, out var rune, out var units) == System.Buffers.OperationStatus.Done && units == text.Length;
        return isOne ? rune : throw json.Wrong($"the delimiter is '{text}'; one character was expected.");
    }
}
