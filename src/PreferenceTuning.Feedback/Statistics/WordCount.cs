using System.Globalization;
using System.Text;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How much there is to read in a text.</summary>
public static class WordCount
{
    /// <summary>
    /// Characters of a script without spaces that take as long to read as one word: 260 words or 382 characters a minute in Chinese
    /// (Brysbaert 2019).
    /// </summary>
    private const double CharactersPerWord = 1.5;

    /// <summary>
    /// Runs of letters and digits between white space; in scripts without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) one and a
    /// half characters count as a word. A run without letters or digits is not a word.
    /// </summary>
    public static double Of(string text)
    {
        var (words, characters, inWord) = (0, 0, false);
        foreach (var rune in text.EnumerateRunes())
        {
            if (HasNoSpaces(rune.Value))
            {
                characters++;
                inWord = false;
            }
            else if (Rune.IsWhiteSpace(rune))
            {
                inWord = false;
            }
            else if (!inWord && (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherNumber))
            {
                words++;
                inWord = true;
            }
        }

        return words + (characters / CharactersPerWord);
    }

    private static bool HasNoSpaces(int c) => c is
        (>= 0x0E01 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) // Thai and Lao, Burmese, Khmer
        or (>= 0x3041 and <= 0x30FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) // kana, Han
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);
}
