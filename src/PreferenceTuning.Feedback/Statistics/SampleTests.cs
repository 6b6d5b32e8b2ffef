namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Whether two lists of numbers lie at the same place; p values two-sided.</summary>
public static class SampleTests
{
    /// <summary>
    /// Mann and Whitney's U of the first list (1947). Exact without ties while the smaller list has at most 8 numbers and the lists
    /// make at most 20,000 pairs; else normal with tie and continuity correction.
    /// </summary>
    public static TestResult MannWhitney(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        if (a.Length == 0 || b.Length == 0)
        {
            return TestResult.Undefined("one of the lists is empty");
        }

        double[] all = [.. a, .. b];
        var ranks = Ranks.Average(all);
        var rankSum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            rankSum += ranks[i];
        }

        var u = rankSum - (a.Length * (a.Length + 1.0) / 2);
        var larger = Math.Max(u, ((double)a.Length * b.Length) - u);
        var groups = Ranks.GroupSizes(all);
        var exact = groups.Length == all.Length && Math.Min(a.Length, b.Length) <= 8 && (long)a.Length * b.Length <= 20_000;
        return new(Statistic.Of(u), exact ? ExactU(a.Length, b.Length, (int)larger) : NormalU(a.Length, b.Length, larger, groups));
    }

    /// <summary>
    /// Wilcoxon's signed-rank test of paired lists (1945); pairs without difference are left out. Exact up to 50 pairs without ties and
    /// up to 13 with ties; else normal with tie correction.
    /// </summary>
    public static TestResult Wilcoxon(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var all = Differences(a, b);
        var differences = all.Where(d => d != 0).ToArray();
        if (differences.Length == 0)
        {
            return TestResult.Undefined("no pair differs");
        }

        var sizes = Array.ConvertAll(differences, Math.Abs);
        var ranks = Ranks.Average(sizes);
        var plus = ranks.Where((_, i) => differences[i] > 0).Sum();
        var (n, total) = (ranks.Length, ranks.Sum());
        var smaller = Math.Min(plus, total - plus);
        var groups = Ranks.GroupSizes(sizes);
        var exact = n <= 13 || (n <= 50 && groups.Length == n && all.Length == n);
        return new(Statistic.Of(smaller), exact ? ExactSigns(ranks, smaller) : NormalSigns(n, smaller, total, groups));
    }

    /// <summary>The paired t test.</summary>
    public static TestResult PairedT(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var differences = Differences(a, b);
        if (differences.Length < 2)
        {
            return TestResult.Undefined("the t test needs at least two pairs");
        }

        var mean = differences.Average();
        var variance = differences.Sum(d => (d - mean) * (d - mean)) / (differences.Length - 1);
        if (variance == 0)
        {
            return TestResult.Undefined("all differences are equal");
        }

        var (t, degrees) = (mean / Math.Sqrt(variance / differences.Length), differences.Length - 1);
        return new(Statistic.Of(t), Statistic.Of(Distributions.StudentTwoSided(t, degrees)), degrees);
    }

    private static double[] Differences(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Check.SameLength(a.Length, b.Length, nameof(a), nameof(b));
        Check.Finite(a, nameof(a));
        Check.Finite(b, nameof(b));
        var differences = new double[a.Length];
        for (var i = 0; i < a.Length; i++)
        {
            differences[i] = a[i] - b[i];
        }

        return differences;
    }

    /// <summary>Arrangements by U: <c>f(i, j)[u] = f(i - 1, j)[u - j] + f(i, j - 1)[u]</c>.</summary>
    private static Statistic ExactU(int n, int m, int larger)
    {
        var arrangements = new double[n + 1][];
        for (var i = 0; i <= n; i++)
        {
            arrangements[i] = new double[(n * m) + 1];
            arrangements[i][0] = 1;
        }

        for (var j = 1; j <= m; j++)
        {
            for (var i = 1; i <= n; i++)
            {
                for (var u = n * m; u >= j; u--)
                {
                    arrangements[i][u] += arrangements[i - 1][u - j];
                }
            }
        }

        return Statistic.Of(Math.Min(1, 2 * arrangements[n].Skip(larger).Sum() / arrangements[n].Sum()));
    }

    private static Statistic NormalU(double n, double m, double larger, long[] groups)
    {
        var total = n + m;
        var ties = groups.Sum(t => ((double)t * t * t) - t);
        var variance = n * m / 12 * (total + 1 - (ties / (total * (total - 1))));
        return variance <= 0
            ? Statistic.Undefined("all numbers are equal")
            : Statistic.Of(Math.Min(1, 2 * Distributions.NormalUpper((larger - (n * m / 2) - 0.5) / Math.Sqrt(variance))));
    }

    /// <summary>Every sign equally likely; doubled ranks are whole numbers even with ties.</summary>
    private static Statistic ExactSigns(double[] ranks, double smaller)
    {
        var doubled = Array.ConvertAll(ranks, r => (int)Math.Round(2 * r));
        var probabilities = new double[doubled.Sum() + 1];
        probabilities[0] = 1;
        foreach (var rank in doubled)
        {
            for (var sum = probabilities.Length - 1; sum >= 0; sum--)
            {
                probabilities[sum] = (probabilities[sum] + (sum >= rank ? probabilities[sum - rank] : 0)) / 2;
            }
        }

        return Statistic.Of(Math.Min(1, 2 * probabilities.Take((int)Math.Round(2 * smaller) + 1).Sum()));
    }

    private static Statistic NormalSigns(double n, double smaller, double total, long[] groups)
    {
        var ties = groups.Sum(t => ((double)t * t * t) - t);
        var variance = (n * (n + 1) * ((2 * n) + 1) / 24) - (ties / 48);
        return Statistic.Of(Distributions.NormalTwoSided((smaller - (total / 2)) / Math.Sqrt(variance)));
    }
}
