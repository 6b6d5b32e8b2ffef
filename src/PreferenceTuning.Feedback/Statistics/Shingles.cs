using System.Text;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Texts made comparable: one form of each character, one space, and overlapping runs of words as a set.</summary>
public static class Shingles
{
    /// <summary>
    /// Whether <see cref="Fold"/> brings differently composed characters to one form. Not under invariant globalization, where the
    /// runtime leaves text outside ASCII as it is; equal texts are found all the same, differently composed ones are not.
    /// </summary>
    public static bool NormalizesUnicode { get; } = "e\u0301".Normalize(NormalizationForm.FormC).Length == 1;

    /// <summary>Unicode NFC (see <see cref="NormalizesUnicode"/>), white space folded to single spaces, none at the ends. Two texts with the same result are exact duplicates.</summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.Normalize(NormalizationForm.FormC).EnumerateRunes())
        {
            if (!Rune.IsWhiteSpace(rune))
            {
                folded.Append(rune);
            }
            else if (folded.Length > 0 && folded[^1] != ' ')
            {
                folded.Append(' ');
            }
        }

        return folded.ToString().TrimEnd(' ');
    }

    /// <summary>
    /// Hashes of all runs of the given number of words, without regard to case; of the whole text where it is shorter. Empty for a text
    /// without words.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="words">Words in a run; 5 suits answers of a paragraph (Broder 1997 used 10 for web pages).</param>
    public static HashSet<ulong> Of(string text, int words = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(words);
        var list = Fold(text).ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var shingles = new HashSet<ulong>();
        for (var first = 0; list.Length > 0 && first <= Math.Max(0, list.Length - words); first++)
        {
            shingles.Add(Hash(list.AsSpan(first, Math.Min(words, list.Length - first))));
        }

        return shingles;
    }

    /// <summary>Size of the intersection over size of the union; undefined for two empty sets.</summary>
    public static Statistic Jaccard<T>(IReadOnlySet<T> a, IReadOnlySet<T> b)
    {
        var shared = a.Count(b.Contains);
        var union = a.Count + b.Count - shared;
        return union == 0 ? Statistic.Undefined("both sets are empty") : Statistic.Of((double)shared / union);
    }

    /// <summary>FNV-1a over UTF-16 units, mixed by SplitMix64: the same on every machine, unlike string hash codes.</summary>
    private static ulong Hash(ReadOnlySpan<string> words)
    {
        var hash = 14695981039346656037UL;
        foreach (var word in words)
        {
            foreach (var unit in word)
            {
                hash = (hash ^ unit) * 1099511628211UL;
            }

            hash = (hash ^ ' ') * 1099511628211UL;
        }

        return RandomNumbers.SplitMix(ref hash);
    }
}
