using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// A regular expression that sees code points. .NET matches UTF-16 units, so a character beyond the BMP would be two units of
/// category Cs; here each is replaced, for matching only, by one BMP character of the same general category that the pattern does
/// not name. Patterns are those of tokenizer.json (see <see cref="RegexTranslator"/>).
/// </summary>
internal sealed class CodePointRegex
{
    // A pattern comes from a file; one that backtracks without end must not hang the process.
    private static readonly TimeSpan LongestMatchTime = TimeSpan.FromSeconds(30);

    private readonly Regex _regex;
    private readonly Lazy<char[]> _standIns;

    public CodePointRegex(string pattern)
    {
        Pattern = pattern;
        var translated = RegexTranslator.Translate(pattern);
        try
        {
            _regex = new Regex(translated.Pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, LongestMatchTime);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"'{pattern}' is not a regular expression: {exception.Message}", exception);
        }

        _standIns = new Lazy<char[]>(() => ChooseStandIns(translated.NamedRanges));
    }

    public string Pattern { get; }

    /// <summary>All matches in a piece of text that nothing outside the piece can influence, as ranges relative to it.</summary>
    public void FindMatches(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        if (text.ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            FindThroughStandIns(text, matches);
            return;
        }

        foreach (var match in _regex.EnumerateMatches(text))
        {
            matches.Add((match.Index, match.Index + match.Length));
        }
    }

    private void FindThroughStandIns(ReadOnlySpan<char> text, List<(int Start, int End)> matches)
    {
        var standIns = _standIns.Value;
        var shadow = new char[text.Length];
        var positions = new int[text.Length + 1];
        var count = 0;
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            positions[count] = at;
            shadow[count++] = rune.IsBmp ? (char)rune.Value : standIns[(int)Rune.GetUnicodeCategory(rune)];
            at += rune.Utf16SequenceLength;
        }

        positions[count] = at;
        foreach (var match in _regex.EnumerateMatches(shadow.AsSpan(0, count)))
        {
            matches.Add((positions[match.Index], positions[match.Index + match.Length]));
        }
    }

    private static char[] ChooseStandIns(IReadOnlyList<(char First, char Last)> named)
    {
        var standIns = new char[30];
        var open = Enumerable.Range(0, 30).ToHashSet();
        for (var unit = 0xFFFF; unit >= 0 && open.Count > 0; unit--)
        {
            var category = (int)CharUnicodeInfo.GetUnicodeCategory((char)unit);
            if (open.Contains(category) && !named.Any(range => unit >= range.First && unit <= range.Last))
            {
                standIns[category] = (char)unit;
                open.Remove(category);
            }
        }

        return standIns;
    }
}
