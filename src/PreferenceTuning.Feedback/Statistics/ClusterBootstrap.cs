using MathNet.Numerics.Distributions;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How a bootstrap runs.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Number of resamples; 2,000 (Efron and Tibshirani 1993 ask for at least 1,000 for intervals).</summary>
    public int Resamples { get; init; } = 2000;

    /// <summary>Seed of <see cref="RandomNumbers"/>; 0. The same seed gives the same interval.</summary>
    public long Seed { get; init; }

    /// <summary>Coverage; 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    internal BootstrapOptions Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Resamples, 2);
        Check.Confidence(Confidence);
        return this;
    }
}

/// <summary>A statistic of drawn clusters (with repetitions); null where it is undefined on them.</summary>
/// <param name="drawn">Cluster numbers.</param>
public delegate double? ClusterStatistic(ReadOnlySpan<int> drawn);

/// <summary>
/// Bootstrap over clusters. Judgements of one prompt are not independent, so whole prompts are drawn with replacement, never rows.
/// Efron and Tibshirani 1993; BCa: Efron 1987, JASA 82(397).
/// </summary>
public static class ClusterBootstrap
{
    /// <summary>Percentile interval around the statistic of all clusters.</summary>
    /// <param name="clusterCount">Number of clusters.</param>
    /// <param name="statistic">The statistic.</param>
    /// <param name="options">Resamples, seed, coverage.</param>
    /// <returns>Undefined where the statistic is, or where it is on more than a tenth of the resamples.</returns>
    public static Statistic Percentile(int clusterCount, ClusterStatistic statistic, BootstrapOptions options)
    {
        var (estimate, replicates, problem) = Run(clusterCount, statistic, options.Checked());
        return problem is not null ? Statistic.Undefined(problem) : FromReplicates(estimate, replicates, options.Confidence);
    }

    /// <summary>Bias-corrected and accelerated interval; the acceleration comes from leaving out one cluster at a time.</summary>
    /// <inheritdoc cref="Percentile"/>
    public static Statistic BiasCorrected(int clusterCount, ClusterStatistic statistic, BootstrapOptions options)
    {
        var (estimate, replicates, problem) = Run(clusterCount, statistic, options.Checked());
        if (problem is not null)
        {
            return Statistic.Undefined(problem);
        }

        var deleted = new double[clusterCount];
        var rest = new int[clusterCount - 1];
        for (var left = 0; left < clusterCount; left++)
        {
            for (var i = 0; i < rest.Length; i++)
            {
                rest[i] = i < left ? i : i + 1;
            }

            if (statistic(rest) is not { } value)
            {
                return Statistic.Undefined($"the statistic is undefined without cluster {left}, so that its acceleration is unknown");
            }

            deleted[left] = value;
        }

        return BcaFromReplicates(estimate, replicates, deleted, options.Confidence);
    }

    /// <summary>Percentile interval of replicates that were made elsewhere; linear (type 7) quantiles.</summary>
    /// <param name="estimate">The statistic of the whole.</param>
    /// <param name="replicates">Its values on the resamples; at least two.</param>
    /// <param name="confidence">Coverage.</param>
    public static Statistic FromReplicates(double estimate, ReadOnlySpan<double> replicates, double confidence = 0.95)
    {
        var sorted = Sorted(replicates);
        var tail = (1 - Check.Confidence(confidence)) / 2;
        return Statistic.WithInterval(
            estimate, Quantiles.OfSorted(sorted, tail), Quantiles.OfSorted(sorted, 1 - tail), confidence, "bootstrap percentile", Spread(sorted));
    }

    /// <summary>BCa interval of replicates that were made elsewhere.</summary>
    /// <param name="estimate">The statistic of the whole.</param>
    /// <param name="replicates">Its values on the resamples; at least two.</param>
    /// <param name="deleted">Its values with one cluster left out each; at least two.</param>
    /// <param name="confidence">Coverage.</param>
    public static Statistic BcaFromReplicates(
        double estimate, ReadOnlySpan<double> replicates, ReadOnlySpan<double> deleted, double confidence = 0.95)
    {
        var sorted = Sorted(replicates);
        if (BcaLevels(estimate, sorted, Jackknife.Acceleration(deleted), confidence) is not { } levels)
        {
            return Statistic.Undefined("all resamples lie on one side of the estimate, so that the bias correction is infinite");
        }

        return Statistic.WithInterval(
            estimate, Quantiles.OfSorted(sorted, levels.Low), Quantiles.OfSorted(sorted, levels.High), confidence, "bootstrap BCa", Spread(sorted));
    }

    /// <summary>
    /// The BCa levels <c>Φ(z0 + (z0 + z) / (1 - a (z0 + z)))</c>, <c>z0 = Φ⁻¹(share of replicates below the estimate)</c>, replicates
    /// equal to the estimate counting half; null where that share is 0 or 1.
    /// </summary>
    public static (double Bias, double Low, double High)? BcaLevels(
        double estimate, ReadOnlySpan<double> replicates, double acceleration, double confidence = 0.95)
    {
        var below = 0.0;
        foreach (var replicate in replicates)
        {
            below += replicate < estimate ? 1 : replicate == estimate ? 0.5 : 0;
        }

        if (below == 0 || below == replicates.Length)
        {
            return null;
        }

        var bias = Normal.InvCDF(0, 1, below / replicates.Length);
        var z = Distributions.TwoSidedNormalQuantile(confidence);
        double Level(double q) => Normal.CDF(0, 1, bias + ((bias + q) / (1 - (acceleration * (bias + q)))));
        return (bias, Level(-z), Level(z));
    }

    /// <summary>The rows of each cluster.</summary>
    /// <param name="clusters">Cluster of each row, 0..clusterCount-1.</param>
    /// <param name="clusterCount">Number of clusters.</param>
    public static int[][] Members(ReadOnlySpan<int> clusters, int clusterCount)
    {
        var lists = new List<int>[clusterCount];
        for (var row = 0; row < clusters.Length; row++)
        {
            Check.Index(clusters[row], clusterCount, nameof(clusters), row);
            (lists[clusters[row]] ??= []).Add(row);
        }

        return [.. lists.Select(list => list?.ToArray() ?? [])];
    }

    private static (double Estimate, double[] Replicates, string? Problem) Run(
        int clusterCount, ClusterStatistic statistic, BootstrapOptions options)
    {
        if (clusterCount < 2)
        {
            return (0, [], "there are fewer than two clusters to draw from");
        }

        var drawn = Enumerable.Range(0, clusterCount).ToArray();
        if (statistic(drawn) is not { } estimate)
        {
            return (0, [], "the statistic is undefined on the whole");
        }

        var random = new RandomNumbers(options.Seed);
        var replicates = new List<double>(options.Resamples);
        for (var r = 0; r < options.Resamples; r++)
        {
            for (var i = 0; i < drawn.Length; i++)
            {
                drawn[i] = random.Next(clusterCount);
            }

            if (statistic(drawn) is { } value)
            {
                replicates.Add(value);
            }
        }

        var missing = options.Resamples - replicates.Count;
        return missing * 10 > options.Resamples || replicates.Count < 2
            ? (0, [], $"the statistic is undefined on {missing} of {options.Resamples} resamples")
            : (estimate, [.. replicates], null);
    }

    private static double[] Sorted(ReadOnlySpan<double> replicates)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicates.Length, 2, nameof(replicates));
        Check.Finite(replicates, nameof(replicates));
        var sorted = replicates.ToArray();
        Array.Sort(sorted);
        return sorted;
    }

    private static double Spread(double[] replicates)
    {
        var mean = replicates.Average();
        return Math.Sqrt(replicates.Sum(r => (r - mean) * (r - mean)) / (replicates.Length - 1));
    }
}
