namespace PreferenceTuning.Tokenization;

/// <summary>What a component searches for: a literal string or a regular expression.</summary>
internal sealed class TextPattern
{
    private readonly CodePointRegex? _regex;

    private TextPattern(string? literal, CodePointRegex? regex)
    {
        Literal = literal;
        _regex = regex;
    }

    /// <summary>The string that is searched, or null for a regular expression.</summary>
    public string? Literal { get; }

    public static TextPattern OfLiteral(string literal) => new(literal, null);

    public static TextPattern OfRegex(string pattern) => new(null, new CodePointRegex(pattern));

    /// <summary>Adds the matches, in order and without overlap, as ranges relative to the text.</summary>
    public void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        if (_regex is not null)
        {
            _regex.FindMatches(text, matches);
            return;
        }

        if (Literal!.Length == 0)
        {
            return;
        }

        for (var at = 0; ;)
        {
            var next = text[at..].IndexOf(Literal, StringComparison.Ordinal);
            if (next < 0)
            {
                return;
            }

            matches.Add((at + next, at + next + Literal.Length));
            at += next + Literal.Length;
        }
    }
}
