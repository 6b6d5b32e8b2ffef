using MathNet.Numerics;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>The exact binomial test.</summary>
public static class BinomialTest
{
    private const double LogSlack = 9.99999950000003e-8; // ln(1 + 1e-7)

    /// <summary>
    /// Probability of all outcomes that are at most as likely as the observed one (relative slack 1e-7, as SciPy and R have it).
    /// </summary>
    /// <param name="count">Successes.</param>
    /// <param name="total">Trials.</param>
    /// <param name="probability">Probability of a success under the null, 0.5.</param>
    public static double TwoSided(long count, long total, double probability = 0.5)
    {
        CheckArguments(count, total, probability);
        if (probability is 0 or 1)
        {
            return count == (probability == 0 ? 0 : total) ? 1 : 0;
        }

        var limit = LogMass(count, total, probability) + LogSlack;
        var mean = total * probability;
        if (count == mean)
        {
            return 1;
        }

        // The mass rises up to the mode and falls behind it, so that the unlikely outcomes on the other side are one tail.
        return count < mean
            ? Math.Min(1, Less(count, total, probability) + FarTail(count, total, probability, limit, upper: true))
            : Math.Min(1, Greater(count, total, probability) + FarTail(count, total, probability, limit, upper: false));
    }

    /// <summary><c>P(X ≤ count)</c>.</summary>
    public static double Less(long count, long total, double probability = 0.5)
    {
        CheckArguments(count, total, probability);
        return count == total ? 1 : probability == 1 ? 0 : SpecialFunctions.BetaRegularized(total - count, count + 1, 1 - probability);
    }

    /// <summary><c>P(X ≥ count)</c>.</summary>
    public static double Greater(long count, long total, double probability = 0.5)
    {
        CheckArguments(count, total, probability);
        return count == 0 ? 1 : probability == 0 ? 0 : SpecialFunctions.BetaRegularized(count, total - count + 1, probability);
    }

    private static double FarTail(long count, long total, double probability, double limit, bool upper)
    {
        var mode = (long)Math.Floor((total + 1) * probability);
        var (near, far) = upper ? (Math.Max(mode, count + 1), total + 1) : (Math.Min(mode, count - 1), -1L);

        // Bisection for the first outcome on the far side that is unlikely enough.
        while (near != far)
        {
            var middle = upper ? near + ((far - near) / 2) : near - ((near - far) / 2);
            if (LogMass(middle, total, probability) <= limit)
            {
                far = middle;
            }
            else
            {
                near = upper ? middle + 1 : middle - 1;
            }
        }

        return upper
            ? far > total ? 0 : Greater(far, total, probability)
            : far < 0 ? 0 : Less(far, total, probability);
    }

    private static double LogMass(long k, long n, double p) =>
        SpecialFunctions.GammaLn(n + 1.0) - SpecialFunctions.GammaLn(k + 1.0) - SpecialFunctions.GammaLn(n - k + 1.0)
        + (k == 0 ? 0 : k * Math.Log(p)) + (k == n ? 0 : (n - k) * SpecialFunctions.Log1p(-p));

    private static void CheckArguments(long count, long total, double probability)
    {
        Proportion.CheckCounts(count, total);
        if (!(probability is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "'probability' must lie between 0 and 1.");
        }
    }
}
