namespace PreferenceTuning.Tokenization;

/// <summary>Replaces every match of a pattern. What is put in takes the span of the last character that goes out.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : INormalizer
{
    public AlignedText Normalize(AlignedText text)
    {
        if (pattern.Literal is { Length: 1 } literal && content.Length == 1)
        {
            return text.WithText(text.Text.Replace(literal[0], content[0]));
        }

        var matches = new List<(int Start, int End)>();
        pattern.FindMatches(text.Text, matches);
        return matches.Count == 0 ? text : Replace(text, matches);
    }

    private AlignedText Replace(AlignedText text, List<(int Start, int End)> matches)
    {
        var builder = new AlignedTextBuilder(text);
        var at = 0;
        foreach (var (start, end) in matches)
        {
            builder.Copy(at, start);
            var (from, to) = end > 0 ? (text.StartOf(end - 1), text.EndOf(end - 1)) : (text.Origin, text.Origin);
            builder.Add(content, IsPairEnd(text.Text, end) ? text.StartOf(end - 2) : from, to);
            at = end;
        }

        builder.Copy(at, text.Length);
        return builder.Build();
    }

    private static bool IsPairEnd(string text, int end) => end > 1 && char.IsLowSurrogate(text[end - 1]);
}
