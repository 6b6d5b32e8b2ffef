namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Intervals for a share <c>count / total</c>. Wilson is the one for tables: it never leaves [0, 1] and keeps its coverage for small
/// numbers. Comparisons: Brown, Cai and DasGupta 2001, Statistical Science 16(2); Newcombe 1998, Statistics in Medicine 17.
/// </summary>
public static class Proportion
{
    /// <summary><c>p ± z sqrt(p (1 - p) / n)</c>, clipped to [0, 1]. Too narrow for small numbers; for comparison only.</summary>
    public static Statistic Wald(long count, long total, double confidence = 0.95) =>
        Interval(count, total, confidence, "Wald", (p, n, z) =>
    {
        var reach = z * Math.Sqrt(p * (1 - p) / n);
        return (p - reach, p + reach);
    });

    /// <summary>Wilson's score interval. Wilson 1927, JASA 22(158).</summary>
    public static Statistic Wilson(long count, long total, double confidence = 0.95) =>
        Interval(count, total, confidence, "Wilson", WilsonEnds);

    /// <summary>Wilson's interval with continuity correction; exactly 0 or 1 at the ends. Newcombe 1998, method 4.</summary>
    public static Statistic WilsonCorrected(long count, long total, double confidence = 0.95) =>
        Interval(count, total, confidence, "Wilson with continuity correction", (p, n, z) =>
        {
            var (z2, scale) = (z * z, 2 * (n + (z * z)));
            var low = ((2 * n * p) + z2 - 1 - (z * Math.Sqrt(z2 - 2 - (1 / n) + (4 * p * ((n * (1 - p)) + 1))))) / scale;
            var high = ((2 * n * p) + z2 + 1 + (z * Math.Sqrt(z2 + 2 - (1 / n) + (4 * p * ((n * (1 - p)) - 1))))) / scale;
            return (p == 0 ? 0 : low, p == 1 ? 1 : high);
        });

    /// <summary>Wald's interval around <c>(count + z²/2) / (n + z²)</c>, clipped to [0, 1]. Agresti and Coull 1998.</summary>
    public static Statistic AgrestiCoull(long count, long total, double confidence = 0.95) =>
        Interval(count, total, confidence, "Agresti-Coull", (p, n, z) =>
        {
            var size = n + (z * z);
            var center = ((p * n) + (z * z / 2)) / size;
            var reach = z * Math.Sqrt(center * (1 - center) / size);
            return (center - reach, center + reach);
        });

    /// <summary>The exact interval, which is wide on purpose: coverage never below the nominal one. Clopper and Pearson 1934.</summary>
    public static Statistic ClopperPearson(long count, long total, double confidence = 0.95) =>
        Interval(count, total, confidence, "Clopper-Pearson", (_, n, _) =>
        {
            var tail = (1 - confidence) / 2;
            return (
                count == 0 ? 0 : Distributions.BetaQuantile(tail, count, n - count + 1),
                count == total ? 1 : Distributions.BetaQuantile(1 - tail, count + 1, n - count));
        });

    /// <summary>Quantiles of Beta(count + 1/2, n - count + 1/2), without the usual correction at 0 and n.</summary>
    public static Statistic Jeffreys(long count, long total, double confidence = 0.95) =>
        Interval(count, total, confidence, "Jeffreys", (_, n, _) =>
        {
            var tail = (1 - confidence) / 2;
            return (
                Distributions.BetaQuantile(tail, count + 0.5, n - count + 0.5),
                Distributions.BetaQuantile(1 - tail, count + 0.5, n - count + 0.5));
        });

    /// <summary>
    /// The p at which the exact two-sided <see cref="BinomialTest"/> begins to reject. Its p value jumps and is not monotone, so that
    /// there may be several such points; the search chooses among them as statsmodels' <c>binom_test</c> does.
    /// </summary>
    public static Statistic InvertedTest(long count, long total, double confidence = 0.95) =>
        Interval(count, total, confidence, "inverted exact test", (p, _, _) =>
        {
            // The search is not symmetric, so that the smaller of successes and failures is searched for.
            var mirrored = count > total / 2;
            var (rarer, share) = mirrored ? (total - count, 1 - p) : (count, p);
            double Excess(double q) => BinomialTest.TwoSided(rarer, total, q) - (1 - confidence);
            var low = rarer == 0 ? 0 : RejectionEdge.Find(Excess, share, upper: false);
            var high = rarer == total ? 1 : RejectionEdge.Find(Excess, share, upper: true);
            return mirrored ? (1 - high, 1 - low) : (low, high);
        });

    /// <summary>
    /// A share of cases that come in clusters (the pairs of answers to one item, the triads of one prompt) and are not independent:
    /// Wilson's interval at the number of independent cases that would give the share the variance that it has between clusters,
    /// fewer still where clusters are few. Korn and Graubard 1998, Survey Methodology 24(2); Dean and Pagano 2015, Journal of Survey
    /// Statistics and Methodology 3(4). Where the clusters do not differ, their number counts.
    /// </summary>
    /// <param name="clusters">Of each cluster, the cases counted and all its cases; none may be negative.</param>
    /// <param name="confidence">Coverage.</param>
    /// <returns>Undefined without a case; without interval where there is one cluster.</returns>
    public static Statistic Clustered(IEnumerable<(double Count, double Total)> clusters, double confidence = 0.95)
    {
        var given = clusters.Where(cluster => cluster.Total > 0).ToArray();
        var (count, total) = (given.Sum(cluster => cluster.Count), given.Sum(cluster => cluster.Total));
        if (given.Any(cluster => !(cluster.Count >= 0 && cluster.Count <= cluster.Total)))
        {
            throw new ArgumentException("A cluster counts more cases than it has, or fewer than none.", nameof(clusters));
        }

        if (total == 0)
        {
            return Statistic.Undefined("there is no case to take a share of");
        }

        var (p, n) = (count / total, given.Length);
        if (n < 2)
        {
            return Statistic.Of(p);
        }

        // Of a ratio, to first order: Cochran 1977, Sampling Techniques, (6.13).
        var variance = given.Sum(cluster => Math.Pow(cluster.Count - (p * cluster.Total), 2)) * n / (n - 1) / total / total;
        var z = Distributions.TwoSidedNormalQuantile(confidence);
        var fewer = Math.Pow(z / Distributions.TwoSidedStudentQuantile(confidence, n - 1), 2);
        var (low, high) = WilsonEnds(p, variance > 1e-12 ? p * (1 - p) / variance * fewer : n, z);
        return Statistic.WithInterval(p, Math.Clamp(low, 0, 1), Math.Clamp(high, 0, 1), confidence, "Wilson, clustered");
    }

    private static (double Low, double High) WilsonEnds(double p, double n, double z)
    {
        var center = p + (z * z / (2 * n));
        var reach = z * Math.Sqrt((p * (1 - p) / n) + (z * z / (4 * n * n)));
        var scale = 1 + (z * z / n);
        return ((center - reach) / scale, (center + reach) / scale);
    }

    private static Statistic Interval(
        long count, long total, double confidence, string method, Func<double, double, double, (double Low, double High)> ends)
    {
        CheckCounts(count, total);
        Check.Confidence(confidence);
        if (total == 0)
        {
            return Statistic.Undefined("there is no case to take a share of");
        }

        var p = (double)count / total;
        var (low, high) = ends(p, total, Distributions.TwoSidedNormalQuantile(confidence));
        return Statistic.WithInterval(p, Math.Clamp(low, 0, 1), Math.Clamp(high, 0, 1), confidence, method);
    }

    internal static void CheckCounts(long count, long total)
    {
        if (count < 0 || count > total)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"'count' must lie in 0..total ({total}).");
        }
    }
}
