namespace PreferenceTuning.Tokenization;

/// <summary>A pattern as tokenizer.json writes it: <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
internal static class PatternReader
{
    public static TextPattern Read(JsonPart json) =>
        json.TextOrNull("String") is { } literal ? TextPattern.OfLiteral(literal)
        : json.TextOrNull("Regex") is { } regex ? TextPattern.OfRegex(regex)
        : throw json.Wrong("the pattern has neither 'String' nor 'Regex'.");
}
