namespace PreferenceTuning.Feedback.Statistics;

/// <summary>A pair that is worth asking about.</summary>
/// <param name="First">Index of the first item.</param>
/// <param name="Second">Index of the second item.</param>
/// <param name="Score">What the method maximises; comparable within one result only.</param>
public sealed record SelectedPair(int First, int Second, double Score);

/// <summary>Which pair to ask people about next.</summary>
public static class PairSelection
{
    /// <summary>
    /// Pairs on which an ensemble of reward models disagrees: the mutual information of the answer and the model,
    /// <c>H(mean p) - mean H(p)</c> with <c>p_m = σ(s_m(i) - s_m(j))</c>, nats. High where models are sure of different answers, low where
    /// all are unsure. Houlsby, Huszár, Ghahramani and Lengyel 2011 (BALD), arXiv:1112.5745.
    /// </summary>
    /// <param name="scores">[members, items]: reward of each item by each model.</param>
    /// <param name="pairs">The pairs to choose from.</param>
    /// <param name="count">How many to choose.</param>
    /// <returns>The best pairs, best first; equal scores in the given order.</returns>
    public static IReadOnlyList<SelectedPair> ByDisagreement(double[,] scores, IEnumerable<(int First, int Second)> pairs, int count)
    {
        var (members, items) = (scores.GetLength(0), scores.GetLength(1));
        if (members < 2)
        {
            throw new ArgumentException($"'scores' holds {members} models; disagreement needs at least two.", nameof(scores));
        }

        foreach (var score in scores)
        {
            Check.Finite([score], nameof(scores));
        }

        return Best(pairs.Select(pair =>
        {
            CheckPair(pair, items);
            var (mean, entropy) = (0.0, 0.0);
            for (var m = 0; m < members; m++)
            {
                var p = Logistic.Of(scores[m, pair.First] - scores[m, pair.Second]);
                mean += p / members;
                entropy += Entropy(p) / members;
            }

            return new SelectedPair(pair.First, pair.Second, Math.Max(0, Entropy(mean) - entropy));
        }), count);
    }

    /// <summary>
    /// Pairs that teach most about strengths: the gain <c>½ log(1 + p (1 - p) Var(θ_i - θ_j))</c> in the determinant of the information
    /// (D-optimality), chosen one after another with the covariance updated after each (Sherman and Morrison), so that a batch
    /// does not ask the same thing many times. Chaloner and Verdinelli 1995, Statistical Science 10(3).
    /// </summary>
    /// <param name="fit">The strengths so far; fit with a prior while there are few comparisons.</param>
    /// <param name="pairs">The pairs to choose from; each may be chosen more than once.</param>
    /// <param name="itemCount">Number of items of the fit.</param>
    /// <param name="count">How many to choose.</param>
    /// <exception cref="ArgumentException">The strengths are undefined.</exception>
    public static IReadOnlyList<SelectedPair> ByInformation(
        StrengthResult fit, IReadOnlyList<(int First, int Second)> pairs, int itemCount, int count)
    {
        if (!fit.IsDefined)
        {
            throw new ArgumentException($"The strengths are undefined: {fit.UndefinedReason}", nameof(fit));
        }

        var covariance = new double[itemCount, itemCount];
        for (var i = 0; i < itemCount; i++)
        {
            for (var j = 0; j < itemCount; j++)
            {
                covariance[i, j] = fit.Covariance(i, j);
            }
        }

        var chosen = new List<SelectedPair>(count);
        while (chosen.Count < count && pairs.Count > 0)
        {
            var best = Best(pairs.Select(pair => Gain(fit, covariance, pair, itemCount)), 1)[0];
            chosen.Add(best);
            Update(covariance, best, Weight(fit, best.First, best.Second));
        }

        return chosen;
    }

    /// <summary>Items to ask several people about, drawn evenly at random, so that agreement can be measured.</summary>
    /// <param name="itemCount">Number of items.</param>
    /// <param name="share">Share of them, 0 to 1; rounded up.</param>
    /// <param name="seed">Seed of <see cref="RandomNumbers"/>.</param>
    /// <returns>Item indices, ascending.</returns>
    public static IReadOnlyList<int> ForAgreement(int itemCount, double share, long seed)
    {
        if (!(share is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "'share' must lie between 0 and 1.");
        }

        var items = Enumerable.Range(0, itemCount).ToArray();
        new RandomNumbers(seed).Shuffle<int>(items);
        return [.. items.Take(ShareOf(itemCount, share)).Order()];
    }

    // 0.28 of 100 is 28, but 0.28 * 100 is a little more than that.
    internal static int ShareOf(int count, double share) => (int)Math.Ceiling((decimal)share * count);

    private static SelectedPair Gain(StrengthResult fit, double[,] covariance, (int First, int Second) pair, int itemCount)
    {
        CheckPair(pair, itemCount);
        var variance =
            covariance[pair.First, pair.First] + covariance[pair.Second, pair.Second] - (2 * covariance[pair.First, pair.Second]);
        return new(pair.First, pair.Second, Math.Log(1 + (Weight(fit, pair.First, pair.Second) * Math.Max(0, variance))) / 2);
    }

    private static double Weight(StrengthResult fit, int first, int second) =>
        fit.WinProbability(first, second) * fit.WinProbability(second, first);

    private static void Update(double[,] covariance, SelectedPair pair, double weight)
    {
        var n = covariance.GetLength(0);
        var direction = new double[n];
        for (var i = 0; i < n; i++)
        {
            direction[i] = covariance[i, pair.First] - covariance[i, pair.Second];
        }

        var scale = weight / (1 + (weight * (direction[pair.First] - direction[pair.Second])));
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                covariance[i, j] -= scale * direction[i] * direction[j];
            }
        }
    }

    private static IReadOnlyList<SelectedPair> Best(IEnumerable<SelectedPair> pairs, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return [.. pairs.OrderByDescending(pair => pair.Score).Take(count)];
    }

    private static double Entropy(double p) => (p is > 0 and < 1) ? -(p * Math.Log(p)) - ((1 - p) * Math.Log(1 - p)) : 0;

    private static void CheckPair((int First, int Second) pair, int items)
    {
        Check.Index(pair.First, items, "pairs", 0);
        Check.Index(pair.Second, items, "pairs", 0);
        if (pair.First == pair.Second)
        {
            throw new ArgumentException($"Item {pair.First} is paired with itself.", nameof(pair));
        }
    }
}
