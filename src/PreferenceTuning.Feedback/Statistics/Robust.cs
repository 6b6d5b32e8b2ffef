namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Numbers measured against their median.</summary>
/// <param name="Median">The median.</param>
/// <param name="Deviation">Median absolute deviation from it, unscaled.</param>
/// <param name="Scores">z of each number; undefined where the deviation is 0.</param>
public sealed record RobustScores(double Median, double Deviation, IReadOnlyList<Statistic> Scores);

/// <summary>Outlier scores that outliers cannot move. Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers.</summary>
public static class Robust
{
    /// <summary>What makes the median absolute deviation a standard deviation for normal numbers: <c>1 / Φ⁻¹(3/4)</c>.</summary>
    public const double NormalScale = 1.482602218505602;

    /// <summary><c>z = (x - median) / (1.4826 · MAD)</c>.</summary>
    /// <param name="values">At least one finite number, e.g. the logarithms of seconds.</param>
    public static RobustScores ZScores(ReadOnlySpan<double> values)
    {
        Check.Finite(values, nameof(values));
        var median = Quantiles.Median(values);
        var numbers = values.ToArray();
        var deviation = Quantiles.Median(Array.ConvertAll(numbers, x => Math.Abs(x - median)));
        var undefined = Statistic.Undefined("more than half of the numbers are equal, so that their median deviation is 0");
        return new(median, deviation, Array.ConvertAll(
            numbers, x => deviation == 0 ? undefined : Statistic.Of((x - median) / (NormalScale * deviation))));
    }
}
