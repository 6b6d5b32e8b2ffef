using System.Runtime.InteropServices;
using System.Text;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Texts made comparable: one form of each character, one space, and overlapping runs of words as a set.</summary>
public static class Shingles
{
    private const ulong EmptyHash = 14695981039346656037UL;

    /// <summary>
    /// Unicode form C (of Unicode 14, with or without ICU), white space folded to single spaces, none at the ends. Two texts with the same
    /// result are exact duplicates.
    /// </summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var rune in UnicodeForms.Composed(text).EnumerateRunes())
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
        var hashes = WordHashes(UnicodeForms.Composed(text).ToLowerInvariant());
        var shingles = new HashSet<ulong>(hashes.Count);
        for (var first = 0; hashes.Count > 0 && first <= Math.Max(0, hashes.Count - words); first++)
        {
            shingles.Add(Hash(CollectionsMarshal.AsSpan(hashes)[first..Math.Min(first + words, hashes.Count)]));
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

    /// <summary>FNV-1a over the UTF-16 units of each word: the same on every machine, unlike string hash codes.</summary>
    private static List<ulong> WordHashes(string text)
    {
        var hashes = new List<ulong>(text.Length / 6);
        var hash = EmptyHash;
        foreach (var unit in text)
        {
            if (!char.IsWhiteSpace(unit))
            {
                hash = (hash ^ unit) * 1099511628211UL;
            }
            else if (hash != EmptyHash)
            {
                hashes.Add(hash);
                hash = EmptyHash;
            }
        }

        if (hash != EmptyHash)
        {
            hashes.Add(hash);
        }

        return hashes;
    }

    private static ulong Hash(ReadOnlySpan<ulong> words)
    {
        var hash = 0UL;
        foreach (var word in words)
        {
            hash ^= word;
            hash = RandomNumbers.SplitMix(ref hash);
        }

        return hash;
    }
}
