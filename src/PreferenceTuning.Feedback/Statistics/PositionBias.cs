namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How often the first (left) of two was chosen.</summary>
/// <param name="FirstShare">Share among decided judgements, Wilson interval.</param>
/// <param name="ExactP">Two-sided exact binomial p of one half.</param>
/// <param name="Z"><c>(first - second) / sqrt(first + second)</c>.</param>
public sealed record PositionBiasResult(Statistic FirstShare, Statistic ExactP, Statistic Z);

/// <summary>
/// Whether people choose by side. Only where sides were randomised does a share away from one half mean that; otherwise it may be the
/// quality of what stood there.
/// </summary>
public static class PositionBias
{
    /// <summary>The bias from counts; ties are left out.</summary>
    /// <param name="first">Judgements that chose the first.</param>
    /// <param name="second">Judgements that chose the second.</param>
    /// <param name="confidence">Coverage of the interval.</param>
    public static PositionBiasResult Analyze(long first, long second, double confidence = 0.95)
    {
        Check.Count(first, nameof(first));
        Check.Count(second, nameof(second));
        if (first + second == 0)
        {
            var nothing = Statistic.Undefined("no judgement is decided");
            return new(nothing, nothing, nothing);
        }

        return new(
            Proportion.Wilson(first, first + second, confidence),
            Statistic.Of(BinomialTest.TwoSided(first, first + second)),
            Statistic.Of((first - second) / Math.Sqrt(first + second)));
    }
}
