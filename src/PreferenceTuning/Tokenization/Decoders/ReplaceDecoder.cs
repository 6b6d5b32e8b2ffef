using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>Replaces every match of a pattern in each token.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content) : IDecoder
{
    public List<string> Decode(List<string> tokens) =>
        tokens.ConvertAll(token => pattern.Literal is { Length: > 0 } literal
            ? token.Replace(literal, content, StringComparison.Ordinal)
            : Replace(token));

    private string Replace(string token)
    {
        var matches = new List<(int Start, int End)>();
        pattern.FindMatches(token, matches);
        var output = new StringBuilder();
        var at = 0;
        foreach (var (start, end) in matches)
        {
            output.Append(token, at, start - at).Append(content);
            at = end;
        }

        return output.Append(token, at, token.Length - at).ToString();
    }
}
