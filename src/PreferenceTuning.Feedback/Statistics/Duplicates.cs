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

/// <summary>Texts that are nearly the same as others of the group.</summary>
/// <param name="Members">Indices of the texts, ascending; two or more.</param>
/// <param name="Similarity">The lowest Jaccard similarity of two texts that hold the group together.</param>
public sealed record NearDuplicateGroup(IReadOnlyList<int> Members, double Similarity);

/// <summary>Texts that occur more than once.</summary>
public static class Duplicates
{
    /// <summary>Groups of texts that are equal after <see cref="Shingles.Fold"/>, each with at least two members, ascending.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Exact(IReadOnlyList<string> texts) =>
        [.. texts.Select((text, index) => (Key: Shingles.Fold(text), index))
            .GroupBy(x => x.Key, x => x.index, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .Select(group => (IReadOnlyList<int>)[.. group])];

    /// <summary>
    /// Pairs of texts with similar shingles, exact duplicates included: MinHash with bands finds candidates, each is then computed exactly.
    /// Where more than a hundred texts share a band, each is compared with the first of them only.
    /// </summary>
    /// <param name="texts">The texts; those without words are left out.</param>
    /// <param name="options">Threshold and search; null for the defaults.</param>
    public static IReadOnlyList<NearDuplicate> Near(IReadOnlyList<string> texts, DuplicateOptions? options = null)
    {
        var search = new NearSearch(texts, (options ?? new()).Checked());
        var pairs = search.Buckets().SelectMany(bucket => Pairs(bucket, bucket.Count > 100 ? 1 : bucket.Count)).ToHashSet();
        return [.. pairs
            .Select(pair => new NearDuplicate(pair.First, pair.Second, search.Similarity(pair.First, pair.Second)))
            .Where(pair => pair.Similarity >= search.Threshold)
            .OrderBy(pair => pair.First).ThenBy(pair => pair.Second)];
    }

    /// <summary>
    /// Groups of texts that are similar to each other, directly or over others of the group. The work grows with the number of texts,
    /// however many of them are alike: in each band a text is compared with the first and with the one before it.
    /// </summary>
    /// <param name="texts">The texts; those without words are left out.</param>
    /// <param name="options">Threshold and search; null for the defaults.</param>
    public static IReadOnlyList<NearDuplicateGroup> NearGroups(IReadOnlyList<string> texts, DuplicateOptions? options = null)
    {
        var search = new NearSearch(texts, (options ?? new()).Checked());
        var links = new List<NearDuplicate>();
        var leader = Enumerable.Range(0, texts.Count).ToArray();
        foreach (var (first, second) in search.Buckets().SelectMany(bucket => Pairs(bucket, 1).Concat(bucket.Skip(1).Zip(bucket.Skip(2)))))
        {
            var (one, other) = (Leader(leader, first), Leader(leader, second));
            if (one != other && search.Similarity(first, second) is var similarity && similarity >= search.Threshold)
            {
                links.Add(new(first, second, similarity));
                leader[Math.Max(one, other)] = Math.Min(one, other);
            }
        }

        return [.. links.GroupBy(link => Leader(leader, link.First)).OrderBy(group => group.Key).Select(group => new NearDuplicateGroup(
            [.. group.SelectMany(link => new[] { link.First, link.Second }).Distinct().Order()], group.Min(link => link.Similarity)))];
    }

    private static int Leader(int[] leader, int text)
    {
        while (leader[text] != text)
        {
            text = leader[text] = leader[leader[text]];
        }

        return text;
    }

    private static IEnumerable<(int First, int Second)> Pairs(IReadOnlyList<int> bucket, int firsts) =>
        Enumerable.Range(0, firsts).SelectMany(a => Enumerable.Range(a + 1, bucket.Count - a - 1).Select(b => (bucket[a], bucket[b])));
}
