using System.Globalization;
using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>What a tokenizer has to know about UTF-16.</summary>
internal static class Utf16
{
    /// <summary>Replaces every surrogate that has no partner by U+FFFD, so that a text always has a UTF-8 form.</summary>
    public static string ReplaceLoneSurrogates(string text)
    {
        var first = FirstLoneSurrogate(text, 0);
        if (first < 0)
        {
            return text;
        }

        var units = text.ToCharArray();
        for (var i = first; i >= 0; i = FirstLoneSurrogate(text, i + 1))
        {
            units[i] = '\uFFFD';
        }

        return new string(units);
    }

    /// <summary>Whether a code point is white space in the sense of the Unicode property (U+0085 is, U+001C is not).</summary>
    public static bool IsWhiteSpace(Rune rune) => Rune.IsWhiteSpace(rune);

    /// <summary>
    /// Whether a code point is part of a word in the sense of <c>\w</c>: alphabetic, mark, decimal digit, connector, joiner.
    /// </summary>
    public static bool IsWord(Rune rune)
    {
        if (rune.IsAscii)
        {
            return Rune.IsLetterOrDigit(rune) || rune.Value == '_';
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation => true,
            // Circled and squared letters are symbols by category and letters by property.
            UnicodeCategory.OtherSymbol => rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
                or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
            UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
            _ => false,
        };
    }

    /// <summary>
    /// For every UTF-16 position of a text (and its end) the position in code points, or null where the two are equal.
    /// </summary>
    public static int[]? CodePointPositions(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDBFF'))
        {
            return null;
        }

        var positions = new int[text.Length + 1];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            positions[i] = count;
            // The middle of a pair counts as the start of its character.
            if (!(char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])))
            {
                count++;
            }
        }

        positions[text.Length] = count;
        return positions;
    }

    /// <summary>For every position in code points (and the end) the UTF-16 position, or null where the two are equal.</summary>
    public static int[]? UnitPositions(string text)
    {
        if (CodePointPositions(text) is not { } positions)
        {
            return null;
        }

        var units = new int[positions[^1] + 1];
        for (var unit = text.Length; unit >= 0; unit--)
        {
            // Downwards, so that the first unit of a pair is what stays.
            units[positions[unit]] = unit;
        }

        return units;
    }

    private static int FirstLoneSurrogate(string text, int from)
    {
        for (var i = from; i < text.Length; i++)
        {
            var next = text.AsSpan(i).IndexOfAnyInRange('\uD800', '\uDFFF');
            if (next < 0)
            {
                return -1;
            }

            i += next;
            var isPair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (!isPair)
            {
                return i;
            }

            i++;
        }

        return -1;
    }
}
