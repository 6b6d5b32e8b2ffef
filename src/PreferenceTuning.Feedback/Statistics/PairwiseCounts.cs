namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Outcomes between two items.</summary>
/// <param name="First">The smaller item index.</param>
/// <param name="Second">The larger item index.</param>
/// <param name="FirstWins">How often <paramref name="First"/> won; fractions are allowed.</param>
/// <param name="SecondWins">How often <paramref name="Second"/> won.</param>
/// <param name="Ties">How often neither won.</param>
public readonly record struct PairOutcome(int First, int Second, double FirstWins, double SecondWins, double Ties);

/// <summary>Paired comparisons, counted per pair of items: the input of the strength models.</summary>
public sealed class PairwiseCounts
{
    private PairwiseCounts(int itemCount, PairOutcome[] pairs) => (ItemCount, Pairs) = (itemCount, pairs);

    /// <summary>Number of items.</summary>
    public int ItemCount { get; }

    /// <summary>Every compared pair once, by index.</summary>
    public IReadOnlyList<PairOutcome> Pairs { get; }

    /// <summary>Number of ties.</summary>
    public double Ties => Pairs.Sum(p => p.Ties);

    /// <summary>Number of decided comparisons.</summary>
    public double Decided => Pairs.Sum(p => p.FirstWins + p.SecondWins);

    /// <summary>From single comparisons.</summary>
    /// <param name="itemCount">Number of items.</param>
    /// <param name="decided">Winner and loser of each decided comparison.</param>
    /// <param name="tied">The two items of each tie; null for none.</param>
    public static PairwiseCounts FromComparisons(
        int itemCount, IEnumerable<(int Winner, int Loser)> decided, IEnumerable<(int A, int B)>? tied = null)
    {
        var pairs = new Dictionary<(int, int), PairOutcome>();
        foreach (var (winner, loser) in decided)
        {
            Add(pairs, itemCount, winner, loser, 1, 0);
        }

        foreach (var (a, b) in tied ?? [])
        {
            Add(pairs, itemCount, a, b, 0, 1);
        }

        return new(itemCount, Ordered(pairs));
    }

    /// <summary>From matrices.</summary>
    /// <param name="wins">[n, n]: wins of the row over the column; the diagonal is ignored.</param>
    /// <param name="ties">[n, n], symmetric: ties of the pair; null for none.</param>
    public static PairwiseCounts FromMatrices(double[,] wins, double[,]? ties = null)
    {
        Check.Square(wins, nameof(wins));
        var (n, pairs) = (wins.GetLength(0), new List<PairOutcome>());
        if (ties is not null && (ties.GetLength(0) != n || ties.GetLength(1) != n))
        {
            throw new ArgumentException($"'ties' is {ties.GetLength(0)} x {ties.GetLength(1)} but 'wins' is {n} x {n}.", nameof(ties));
        }

        for (var i = 0; i < n; i++)
        {
            for (var j = i + 1; j < n; j++)
            {
                if (ties is not null && ties[i, j] != ties[j, i])
                {
                    throw new ArgumentException(
                        $"'ties' must be symmetric, but [{i},{j}] is {ties[i, j]} and [{j},{i}] is {ties[j, i]}.", nameof(ties));
                }

                var outcome = new PairOutcome(i, j, wins[i, j], wins[j, i], ties?[i, j] ?? 0);
                Check.Count(outcome.FirstWins, nameof(wins));
                Check.Count(outcome.SecondWins, nameof(wins));
                Check.Count(outcome.Ties, nameof(ties));
                if (outcome.FirstWins + outcome.SecondWins + outcome.Ties > 0)
                {
                    pairs.Add(outcome);
                }
            }
        }

        return new(n, [.. pairs]);
    }

    /// <summary>The same comparisons with every tie turned into half a win for each side.</summary>
    public PairwiseCounts WithTiesAsHalfWins() => new(ItemCount, [.. Pairs.Select(p => p with
    {
        FirstWins = p.FirstWins + (p.Ties / 2),
        SecondWins = p.SecondWins + (p.Ties / 2),
        Ties = 0,
    })]);

    /// <summary>Who beat whom at least once, ties in both directions.</summary>
    internal IEnumerable<(int Winner, int Loser)> Beats()
    {
        foreach (var p in Pairs)
        {
            if (p.FirstWins + p.Ties > 0)
            {
                yield return (p.First, p.Second);
            }

            if (p.SecondWins + p.Ties > 0)
            {
                yield return (p.Second, p.First);
            }
        }
    }

    private static void Add(Dictionary<(int, int), PairOutcome> pairs, int itemCount, int a, int b, double win, double tie)
    {
        Check.Index(a, itemCount, "comparisons", pairs.Count);
        Check.Index(b, itemCount, "comparisons", pairs.Count);
        if (a == b)
        {
            throw new ArgumentException($"Item {a} is compared with itself.", nameof(a));
        }

        var key = a < b ? (a, b) : (b, a);
        var old = pairs.GetValueOrDefault(key, new(key.Item1, key.Item2, 0, 0, 0));
        pairs[key] = a < b
            ? old with { FirstWins = old.FirstWins + win, Ties = old.Ties + tie }
            : old with { SecondWins = old.SecondWins + win, Ties = old.Ties + tie };
    }

    private static PairOutcome[] Ordered(Dictionary<(int, int), PairOutcome> pairs) =>
        [.. pairs.Values.OrderBy(p => p.First).ThenBy(p => p.Second)];
}
