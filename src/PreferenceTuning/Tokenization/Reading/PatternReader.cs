namespace PreferenceTuning.Tokenization;

/// <summary>A pattern as tokenizer.json writes it: <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
internal static class PatternReader
{
    public static TextPattern Read(JsonPart json) =>
        json.TextOrNull("String") is { } literal ? TextPattern.OfLiteral(literal)
        : json.TextOrNull("Regex") is { } regex ? Regex(regex, json.Where)
        : throw json.Wrong("the pattern has neither 'String' nor 'Regex'.");

    private static TextPattern Regex(string regex, string where)
    {
        try
        {
            return TextPattern.OfRegex(regex);
        }
        catch (NotSupportedException exception)
        {
            throw new NotSupportedException($"{where}: {exception.Message}", exception);
        }
    }
}
