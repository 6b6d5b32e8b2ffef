using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>
/// <c>gain * score + bias</c>, chosen so that scores over samples of the reference policy have a given mean and standard deviation.
/// Ziegler et al. 2019, arXiv:1909.08593, section 2.1 (mean 0, variance 1); lm-human-preferences does it before and after training the
/// reward model.
/// </summary>
/// <param name="Gain">Factor.</param>
/// <param name="Bias">Added after the gain.</param>
public sealed record ScoreNormalization(double Gain, double Bias)
{
    /// <summary>Changes nothing.</summary>
    public static ScoreNormalization Identity { get; } = new(1, 0);

    /// <summary>The map from measured statistics of raw scores to the wanted ones.</summary>
    /// <param name="mean">Measured mean.</param>
    /// <param name="standardDeviation">Measured standard deviation, greater than 0.</param>
    /// <param name="targetMean">Wanted mean.</param>
    /// <param name="targetStandardDeviation">Wanted standard deviation, greater than 0.</param>
    public static ScoreNormalization FromStatistics(
        double mean, double standardDeviation, double targetMean = 0, double targetStandardDeviation = 1)
    {
        if (!double.IsFinite(mean))
        {
            throw new ArgumentOutOfRangeException(nameof(mean), mean, "The mean of the scores is not finite: a score is NaN or infinite.");
        }

        if (!double.IsFinite(standardDeviation) || standardDeviation <= 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(standardDeviation),
                standardDeviation,
                "The scores need a finite spread greater than 0: with all scores equal there is nothing to normalise.");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(targetStandardDeviation);
        var gain = targetStandardDeviation / standardDeviation;
        return new ScoreNormalization(gain, targetMean - (gain * mean));
    }

    /// <summary>The map from the scores themselves, with the population standard deviation.</summary>
    /// <param name="scores">[N] raw scores of samples of the reference policy; not all equal.</param>
    /// <param name="targetMean">Wanted mean.</param>
    /// <param name="targetStandardDeviation">Wanted standard deviation, greater than 0.</param>
    public static ScoreNormalization FromScores(Tensor scores, double targetMean = 0, double targetStandardDeviation = 1)
    {
        Check.Rank(scores, 1);
        using var scope = NewDisposeScope();
        var precise = scores.detach().to(ScalarType.Float64);
        var everything = ones_like(precise, ScalarType.Bool);
        var mean = Masked.Mean(precise, everything).item<double>();
        var deviation = Masked.Variance(precise, everything, unbiased: false).sqrt().item<double>();
        return FromStatistics(mean, deviation, targetMean, targetStandardDeviation);
    }

    /// <summary>Applies the map.</summary>
    /// <param name="scores">Any shape.</param>
    /// <returns>The same shape.</returns>
    public Tensor Apply(Tensor scores)
    {
        using var scope = NewDisposeScope();
        return ((Gain * scores) + Bias).MoveToOuterDisposeScope();
    }
}
