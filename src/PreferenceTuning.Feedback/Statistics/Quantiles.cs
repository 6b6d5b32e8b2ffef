using MathNet.Numerics.Distributions;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How a quantile between two data points is read off. Hyndman and Fan 1996, The American Statistician 50(4).</summary>
public enum QuantileMethod
{
    /// <summary>Type 7: straight line over n - 1 steps (the default of NumPy and R).</summary>
    Linear,

    /// <summary>The data point below the type 7 position.</summary>
    Lower,

    /// <summary>The data point above the type 7 position.</summary>
    Higher,

    /// <summary>The data point nearest to the type 7 position, ties to the even index.</summary>
    Nearest,

    /// <summary>Type 6: straight line over n + 1 steps.</summary>
    Weibull,

    /// <summary>Type 8: about unbiased for the median whatever the distribution.</summary>
    MedianUnbiased,

    /// <summary>Type 1: inverse of the step function.</summary>
    InvertedCdf,
}

/// <summary>Quantiles of a sample.</summary>
public static class Quantiles
{
    /// <summary>The quantile of values in any order.</summary>
    /// <param name="values">At least one finite value.</param>
    /// <param name="probability">0 to 1.</param>
    /// <param name="method">How to read between data points.</param>
    public static double Of(ReadOnlySpan<double> values, double probability, QuantileMethod method = QuantileMethod.Linear)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return OfSorted(sorted, probability, method);
    }

    /// <summary>The quantile of values in ascending order.</summary>
    public static double OfSorted(ReadOnlySpan<double> sorted, double probability, QuantileMethod method = QuantileMethod.Linear)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(sorted));
        if (!(probability is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "'probability' must lie between 0 and 1.");
        }

        var n = sorted.Length;
        var steps = (n - 1) * probability;
        return method switch
        {
            QuantileMethod.Linear => Between(sorted, steps),
            QuantileMethod.Lower => sorted[(int)Math.Floor(steps)],
            QuantileMethod.Higher => sorted[(int)Math.Ceiling(steps)],
            QuantileMethod.Nearest => sorted[(int)Math.Round(steps, MidpointRounding.ToEven)],
            QuantileMethod.Weibull => Between(sorted, ((n + 1) * probability) - 1),
            QuantileMethod.MedianUnbiased => Between(sorted, ((n + (1.0 / 3)) * probability) + (1.0 / 3) - 1),
            QuantileMethod.InvertedCdf => sorted[Math.Max(0, (int)Math.Ceiling(n * probability) - 1)],
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, "Unknown method."),
        };
    }

    /// <summary>The median.</summary>
    public static double Median(ReadOnlySpan<double> values) => Of(values, 0.5);

    /// <summary>
    /// The median with the interval between two data points that covers it whatever the distribution: the r-th from either end, r the
    /// largest number with <c>2 P(Binomial(n, 1/2) &lt; r) &lt;= 1 - confidence</c>. Conover 1999, Practical Nonparametric Statistics, 3.2.
    /// </summary>
    /// <param name="values">At least one finite value; fewer than six have no interval at 95 %.</param>
    /// <param name="confidence">Least coverage.</param>
    public static Statistic MedianWithInterval(ReadOnlySpan<double> values, double confidence = 0.95)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var (median, tail) = (OfSorted(sorted, 0.5), (1 - Check.Confidence(confidence)) / 2);
        int low = 0, high = (sorted.Length + 1) / 2;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Binomial.CDF(0.5, sorted.Length, middle - 1) <= tail ? (middle, high) : (low, middle - 1);
        }

        return low == 0
            ? Statistic.Of(median)
            : Statistic.WithInterval(median, sorted[low - 1], sorted[^low], confidence, "order statistics");
    }

    private static double Between(ReadOnlySpan<double> sorted, double position)
    {
        var clipped = Math.Clamp(position, 0, sorted.Length - 1);
        var below = (int)Math.Floor(clipped);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((clipped - below) * (sorted[above] - sorted[below]));
    }
}
