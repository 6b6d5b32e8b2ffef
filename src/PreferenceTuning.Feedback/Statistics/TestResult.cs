namespace PreferenceTuning.Feedback.Statistics;

/// <summary>A test.</summary>
/// <param name="Statistic">The test statistic or the coefficient that is tested.</param>
/// <param name="PValue">Two-sided p value.</param>
/// <param name="Degrees">Degrees of freedom; null where the test has none.</param>
public sealed record TestResult(Statistic Statistic, Statistic PValue, double? Degrees = null)
{
    internal static TestResult Undefined(string reason) =>
        new(Statistics.Statistic.Undefined(reason), Statistics.Statistic.Undefined(reason));
}
