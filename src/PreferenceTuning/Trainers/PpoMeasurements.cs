using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>From experience and update statistics to the metrics record.</summary>
internal static class PpoMeasurements
{
    public static PpoMetrics Collect(PpoExperience experience, PpoStatistics statistics, double kl, double coefficient, Tensor returns)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var tokens = Masked.Sum(ones_like(experience.Values), experience.Rollouts.ResponseMask, 1);
        return new PpoMetrics
        {
            Iteration = 0,
            Episodes = 0,
            LearningRate = 0,
            Scores = experience.Scores.mean().ToDouble(),
            ScoresDeviation = experience.Scores.std(unbiased: false).ToDouble(),
            Kl = kl,
            KlCoefficient = coefficient,
            ShapedReward = experience.TokenRewards.sum(1).mean().ToDouble(),
            Entropy = statistics.Entropy,
            PolicyLoss = statistics.PolicyLoss,
            ValueLoss = statistics.ValueLoss,
            ApproxKl = statistics.ApproxKl,
            ClipFraction = statistics.ClipFraction,
            ValueClipFraction = statistics.ValueClipFraction,
            ExplainedVariance = ExplainedVariance(returns, experience.Values, experience.ValueMask),
            FirstRatioDeviation = statistics.FirstRatioDeviation,
            GradientNorm = statistics.GradientNorm,
            ResponseLength = tokens.mean().ToDouble(),
            FinishedShare = experience.Rollouts.Finished.to(ScalarType.Float32).mean().ToDouble(),
            SkippedSteps = statistics.Skipped,
            Steps = statistics.Steps,
        };
    }

    private static double ExplainedVariance(Tensor returns, Tensor values, Tensor mask)
    {
        var total = Masked.Variance(returns, mask, unbiased: false).ToDouble();
        return total > 0 ? 1 - (Masked.Variance(returns - values, mask, unbiased: false).ToDouble() / total) : double.NaN;
    }
}
