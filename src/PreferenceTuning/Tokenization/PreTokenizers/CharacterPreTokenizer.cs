using System.Globalization;
using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>Cuts at single characters of a kind.</summary>
internal sealed class CharacterPreTokenizer(Func<Rune, bool> isDelimiter, DelimiterBehavior behavior) : IPreTokenizer
{
    /// <summary>White space goes, what is between stays.</summary>
    public static CharacterPreTokenizer WhiteSpace { get; } = new(Utf16.IsWhiteSpace, DelimiterBehavior.Removed);

    /// <summary>Punctuation, in the Unicode sense or the ASCII sense (which has symbols too).</summary>
    public static CharacterPreTokenizer Punctuation(DelimiterBehavior behavior) => new(IsPunctuation, behavior);

    /// <summary>Numbers of any script, one by one or in runs.</summary>
    public static CharacterPreTokenizer Digits(bool individual) =>
        new(Rune.IsNumber, individual ? DelimiterBehavior.Isolated : DelimiterBehavior.Contiguous);

    /// <summary>One character, which goes.</summary>
    public static CharacterPreTokenizer Delimiter(Rune delimiter) => new(rune => rune == delimiter, DelimiterBehavior.Removed);

    public List<Piece> Split(List<Piece> pieces)
    {
        var output = new List<Piece>(pieces.Count * 2);
        var matches = new List<(int Start, int End)>();
        foreach (var piece in pieces)
        {
            matches.Clear();
            var at = 0;
            foreach (var rune in piece.Span.EnumerateRunes())
            {
                if (isDelimiter(rune))
                {
                    matches.Add((at, at + rune.Utf16SequenceLength));
                }

                at += rune.Utf16SequenceLength;
            }

            Delimiters.Cut(piece, matches, behavior, invert: false, output);
        }

        return output;
    }

    public static bool IsPunctuation(Rune rune)
    {
        if (rune.IsAscii)
        {
            return rune.Value is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~');
        }

        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation
            or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;
    }
}
