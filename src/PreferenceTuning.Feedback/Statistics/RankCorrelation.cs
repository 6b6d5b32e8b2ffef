namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How the p value of Kendall's tau is found.</summary>
public enum KendallP
{
    /// <summary>Exact without ties up to 33 points (or with at most one discordant pair), else asymptotic, as SciPy does.</summary>
    Automatic,

    /// <summary>From all permutations; undefined with ties and beyond 500 points.</summary>
    Exact,

    /// <summary>Normal approximation with tie correction; undefined below three points.</summary>
    Asymptotic,
}

/// <summary>
/// Correlations of two lists. Intervals: Fisher's z for Pearson; for Spearman with variance <c>(1 + r²/2)/(n - 3)</c> (Bonett and
/// Wright 2000, Psychometrika 65) and for Kendall <c>0.437/(n - 4)</c> (Fieller, Hartley and Pearson 1957, Biometrika 44).
/// </summary>
public static class RankCorrelation
{
    /// <summary>Pearson's r and the t test of r = 0.</summary>
    public static TestResult Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double confidence = 0.95)
    {
        if (Problem(x, y) is { } problem)
        {
            return TestResult.Undefined(problem);
        }

        var r = Correlation(x, y);
        var p = x.Length == 2 ? Statistic.Of(1) : PValue(r, x.Length);
        return new(WithFisher(r, 1.0 / Math.Max(0, x.Length - 3), confidence), p, x.Length - 2);
    }

    /// <summary>Spearman's rho (Pearson's r of mean ranks) and the t approximation of its test.</summary>
    public static TestResult Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double confidence = 0.95)
    {
        if (Problem(x, y) is { } problem)
        {
            return TestResult.Undefined(problem);
        }

        var rho = Correlation(Ranks.Average(x), Ranks.Average(y));
        var p = x.Length == 2 ? Statistic.Undefined("two points leave no degree of freedom") : PValue(rho, x.Length);
        return new(WithFisher(rho, (1 + (rho * rho / 2)) / Math.Max(0, x.Length - 3), confidence), p, x.Length - 2);
    }

    /// <summary>Kendall's tau-b. Kendall 1945, Biometrika 33; counted by Knight's algorithm (1966, JASA 61) in n log n.</summary>
    public static TestResult KendallTauB(
        ReadOnlySpan<double> x, ReadOnlySpan<double> y, KendallP method = KendallP.Automatic, double confidence = 0.95)
    {
        if (Problem(x, y) is { } problem)
        {
            return TestResult.Undefined(problem);
        }

        var pairs = Concordance.Count(x, y);
        var tau = Math.Clamp(
            pairs.Excess / Math.Sqrt(pairs.Total - pairs.TiedInX) / Math.Sqrt(pairs.Total - pairs.TiedInY), -1, 1);
        var noTies = pairs.TiedInX == 0 && pairs.TiedInY == 0;
        var exact = method == KendallP.Exact || (method == KendallP.Automatic && noTies && (x.Length <= 33 || pairs.Rarer <= 1));
        return new(
            WithFisher(tau, 0.437 / Math.Max(0, x.Length - 4), confidence),
            exact ? ExactP(pairs, x.Length, noTies) : AsymptoticP(pairs, x, y));
    }

    /// <summary>Stuart's tau-c, <c>2 (C - D) / (n² (m - 1) / m)</c> with m the smaller number of different values.</summary>
    public static Statistic KendallTauC(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (Problem(x, y) is { } problem)
        {
            return Statistic.Undefined(problem);
        }

        double classes = Math.Min(Ranks.GroupSizes(x).Length, Ranks.GroupSizes(y).Length);
        return Statistic.Of(2 * Concordance.Count(x, y).Excess / ((double)x.Length * x.Length * (classes - 1) / classes));
    }

    private static string? Problem(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Check.SameLength(x.Length, y.Length, nameof(x), nameof(y));
        Check.Finite(x, nameof(x));
        Check.Finite(y, nameof(y));
        return x.Length < 2 ? "a correlation needs at least two points"
            : IsConstant(x) ? "the first list is constant" : IsConstant(y) ? "the second list is constant" : null;
    }

    private static bool IsConstant(ReadOnlySpan<double> values) => !values.ContainsAnyExcept(values[0]);

    private static double Correlation(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double meanX = 0, meanY = 0, xx = 0, yy = 0, xy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            meanX += x[i] / x.Length;
            meanY += y[i] / y.Length;
        }

        for (var i = 0; i < x.Length; i++)
        {
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
            xy += (x[i] - meanX) * (y[i] - meanY);
        }

        return Math.Clamp(xy / Math.Sqrt(xx) / Math.Sqrt(yy), -1, 1);
    }

    private static Statistic PValue(double r, int n)
    {
        var rest = (1 - r) * (1 + r);
        return Statistic.Of(rest <= 0 ? 0 : Distributions.StudentTwoSided(r * Math.Sqrt((n - 2) / rest), n - 2));
    }

    private static Statistic WithFisher(double r, double variance, double confidence)
    {
        if (!double.IsFinite(variance) || Math.Abs(r) > 1 - 1e-12)
        {
            return Statistic.Of(r);
        }

        var reach = Distributions.TwoSidedNormalQuantile(confidence) * Math.Sqrt(variance);
        return Statistic.WithInterval(
            r, Math.Tanh(Math.Atanh(r) - reach), Math.Tanh(Math.Atanh(r) + reach), confidence, "Fisher's z");
    }

    /// <summary><c>2 P(D ≤ d)</c> over all permutations; row n of the triangle of inversions, as probabilities.</summary>
    private static Statistic ExactP(Concordance pairs, int n, bool noTies)
    {
        if (!noTies)
        {
            return Statistic.Undefined("there are ties, for which the permutations are not equally likely");
        }

        if (n > 500)
        {
            return Statistic.Undefined("the exact distribution is offered up to 500 points");
        }

        var limit = (int)pairs.Rarer;
        var probabilities = new double[limit + 1];
        probabilities[0] = 1;
        for (var size = 2; size <= n; size++)
        {
            var (window, previous) = (0.0, (double[])probabilities.Clone());
            for (var d = 0; d <= limit; d++)
            {
                window += previous[d] - (d >= size ? previous[d - size] : 0);
                probabilities[d] = window / size;
            }
        }

        return Statistic.Of(Math.Min(1, 2 * probabilities.Sum()));
    }

    private static Statistic AsymptoticP(Concordance pairs, ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double n = x.Length;
        if (n < 3)
        {
            return Statistic.Undefined("the normal approximation needs at least three points");
        }

        var (groupsX, groupsY, m) = (Ranks.GroupSizes(x), Ranks.GroupSizes(y), n * (n - 1));
        static double Triples(long[] groups) => groups.Sum(t => (double)t * (t - 1) * (t - 2));
        static double Spread(long[] groups) => groups.Sum(t => (double)t * (t - 1) * ((2 * t) + 5));
        var variance = (((m * ((2 * n) + 5)) - Spread(groupsX) - Spread(groupsY)) / 18)
            + (2.0 * pairs.TiedInX * pairs.TiedInY / m) + (Triples(groupsX) * Triples(groupsY) / (9 * m * (n - 2)));
        return variance <= 0
            ? Statistic.Undefined("the variance of the statistic is 0")
            : Statistic.Of(Distributions.NormalTwoSided(pairs.Excess / Math.Sqrt(variance)));
    }
}
