namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How near-duplicates are searched.</summary>
public sealed record DuplicateOptions
{
    /// <summary>Jaccard similarity of shingles from which two texts are near-duplicates; 0.85 (The Stack).</summary>
    public double Threshold { get; init; } = 0.85;

    /// <summary>Words in a shingle; 5.</summary>
    public int ShingleWords { get; init; } = 5;

    /// <summary>Length of the signatures; 256 (The Stack).</summary>
    public int Permutations { get; init; } = 256;

    /// <summary>
    /// Positions in a band; 8, so 32 bands: texts that share one band are compared. At similarity 0.85 a pair is missed with probability
    /// <c>(1 - 0.85^8)^32 = 2e-5</c>, at 0.5 compared in vain with 12 %.
    /// </summary>
    public int BandRows { get; init; } = 8;

    /// <summary>Seed of the signatures; 0.</summary>
    public long Seed { get; init; }

    internal DuplicateOptions Checked()
    {
        if (!(Threshold is > 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Threshold), Threshold, "'Threshold' must lie in (0, 1].");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ShingleWords);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BandRows);
        ArgumentOutOfRangeException.ThrowIfLessThan(Permutations, BandRows);
        return this;
    }
}

/// <summary>Two texts that are nearly the same.</summary>
/// <param name="First">Index of the earlier text.</param>
/// <param name="Second">Index of the later text.</param>
/// <param name="Similarity">Jaccard similarity of their shingles, computed exactly.</param>
public sealed record NearDuplicate(int First, int Second, double Similarity);

/// <summary>Texts that occur more than once.</summary>
public static class Duplicates
{
    /// <summary>Groups of texts that are equal after <see cref="Shingles.Fold"/>, each with at least two members, ascending.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Exact(IReadOnlyList<string> texts) =>
        [.. texts.Select((text, index) => (Key: Shingles.Fold(text), index))
            .GroupBy(x => x.Key, x => x.index, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .Select(group => (IReadOnlyList<int>)[.. group])];

    /// <summary>Pairs of texts with similar shingles, exact duplicates included: MinHash with bands finds candidates, each is then computed exactly.</summary>
    /// <param name="texts">The texts; those without words are left out.</param>
    /// <param name="options">Threshold and search; null for the defaults.</param>
    public static IReadOnlyList<NearDuplicate> Near(IReadOnlyList<string> texts, DuplicateOptions? options = null)
    {
        var chosen = (options ?? new()).Checked();
        var sets = texts.Select(text => Shingles.Of(text, chosen.ShingleWords)).ToArray();
        var buckets = new Dictionary<(int, ulong), List<int>>();
        for (var t = 0; t < sets.Length; t++)
        {
            if (sets[t].Count == 0)
            {
                continue;
            }

            foreach (var (band, hash) in Bands(MinHash.Signature(sets[t], chosen.Permutations, chosen.Seed), chosen.BandRows))
            {
                if (!buckets.TryGetValue((band, hash), out var bucket))
                {
                    buckets[(band, hash)] = bucket = [];
                }

                bucket.Add(t);
            }
        }

        return [.. Candidates(buckets.Values)
            .Select(pair => new NearDuplicate(pair.First, pair.Second, Shingles.Jaccard(sets[pair.First], sets[pair.Second]).Required))
            .Where(pair => pair.Similarity >= chosen.Threshold)
            .OrderBy(pair => pair.First).ThenBy(pair => pair.Second)];
    }

    private static IEnumerable<(int Band, ulong Hash)> Bands(ulong[] signature, int rows)
    {
        for (var band = 0; (band + 1) * rows <= signature.Length; band++)
        {
            var hash = (ulong)band;
            for (var row = 0; row < rows; row++)
            {
                hash ^= signature[(band * rows) + row];
                hash = RandomNumbers.SplitMix(ref hash);
            }

            yield return (band, hash);
        }
    }

    /// <summary>
    /// Every pair in a bucket once. Where hundreds of texts are the same, each is compared with the first only, or the pairs would grow
    /// with the square of their number.
    /// </summary>
    private static HashSet<(int First, int Second)> Candidates(IEnumerable<List<int>> buckets)
    {
        var pairs = new HashSet<(int, int)>();
        foreach (var bucket in buckets)
        {
            for (var a = 0; a < (bucket.Count > 100 ? 1 : bucket.Count); a++)
            {
                for (var b = a + 1; b < bucket.Count; b++)
                {
                    pairs.Add((bucket[a], bucket[b]));
                }
            }
        }

        return pairs;
    }
}
