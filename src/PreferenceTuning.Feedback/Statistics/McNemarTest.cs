namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Whether two paired yes/no judgements differ, from the items on which they do. McNemar 1947, Psychometrika 12(2).
/// </summary>
public static class McNemarTest
{
    /// <summary>Exact: a fair coin for each discordant item.</summary>
    /// <param name="onlyFirst">Items on which only the first said yes.</param>
    /// <param name="onlySecond">Items on which only the second said yes.</param>
    public static TestResult Exact(long onlyFirst, long onlySecond)
    {
        var smaller = Math.Min(onlyFirst, onlySecond);
        return Discordant(onlyFirst, onlySecond, total => new(
            Statistic.Of(smaller), Statistic.Of(Math.Min(1, 2 * BinomialTest.Less(smaller, total)))));
    }

    /// <summary><c>(b - c)² / (b + c)</c> against chi-square with one degree.</summary>
    public static TestResult ChiSquare(long onlyFirst, long onlySecond) => Approximate(onlyFirst, onlySecond, 0);

    /// <summary><c>(|b - c| - 1)² / (b + c)</c>, with Edwards' continuity correction.</summary>
    public static TestResult ChiSquareCorrected(long onlyFirst, long onlySecond) => Approximate(onlyFirst, onlySecond, 1);

    private static TestResult Approximate(long onlyFirst, long onlySecond, double correction) => Discordant(onlyFirst, onlySecond, total =>
    {
        var distance = Math.Abs(onlyFirst - onlySecond) - correction;
        var statistic = distance * distance / total;
        return new(Statistic.Of(statistic), Statistic.Of(Distributions.ChiSquareUpper(statistic, 1)), 1);
    });

    private static TestResult Discordant(long onlyFirst, long onlySecond, Func<long, TestResult> test)
    {
        Check.Count(onlyFirst, nameof(onlyFirst));
        Check.Count(onlySecond, nameof(onlySecond));
        return onlyFirst + onlySecond == 0 ? TestResult.Undefined("the two never differ") : test(onlyFirst + onlySecond);
    }
}
