namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Signatures of sets: position h holds the smallest value of hash function h over the set, and two signatures agree in a share of
/// positions that estimates the Jaccard similarity. Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3.
/// </summary>
public static class MinHash
{
    /// <summary>The signature with given hash functions; <see cref="ulong.MaxValue"/> everywhere for an empty set.</summary>
    public static ulong[] Signature(IEnumerable<ulong> set, IReadOnlyList<Func<ulong, ulong>> hashes)
    {
        var signature = Enumerable.Repeat(ulong.MaxValue, hashes.Count).ToArray();
        foreach (var member in set)
        {
            for (var h = 0; h < signature.Length; h++)
            {
                signature[h] = Math.Min(signature[h], hashes[h](member));
            }
        }

        return signature;
    }

    /// <summary>The signature with hash functions from a seed: the member, xor a random key, mixed by SplitMix64.</summary>
    /// <param name="set">Members as 64-bit hashes, e.g. <see cref="Shingles.Of"/>.</param>
    /// <param name="length">Number of positions; 256 (The Stack's choice) estimates to about ±0.06 at 95 %.</param>
    /// <param name="seed">Seed of the keys; compare only signatures of one seed and length.</param>
    public static ulong[] Signature(IEnumerable<ulong> set, int length = 256, long seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var random = new RandomNumbers(seed);
        var keys = new ulong[length];
        foreach (ref var key in keys.AsSpan())
        {
            key = random.NextBits();
        }

        var signature = Enumerable.Repeat(ulong.MaxValue, length).ToArray();
        foreach (var member in set)
        {
            for (var h = 0; h < length; h++)
            {
                var state = member ^ keys[h];
                signature[h] = Math.Min(signature[h], RandomNumbers.SplitMix(ref state));
            }
        }

        return signature;
    }

    /// <summary>Share of equal positions with its Wilson interval: an estimate of the Jaccard similarity.</summary>
    public static Statistic Similarity(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        Check.SameLength(a.Length, b.Length, nameof(a), nameof(b));
        var equal = 0;
        for (var h = 0; h < a.Length; h++)
        {
            equal += a[h] == b[h] ? 1 : 0;
        }

        return Proportion.Wilson(equal, a.Length);
    }
}
