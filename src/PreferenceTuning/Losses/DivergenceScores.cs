using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>
/// Maps the log-ratio <c>rho = log pi - log ref</c> [B] of a response to the score that a pairwise loss compares: the derivative of an
/// f-divergence up to a constant. Not given means <see cref="DivergenceScores.ReverseKl"/>, plain DPO.
/// </summary>
/// <param name="logRatio">[B], nats.</param>
/// <returns>[B].</returns>
public delegate Tensor LogRatioScore(Tensor logRatio);

/// <summary>
/// The scores of f-DPO. Wang et al. 2023, "Beyond Reverse KL", arXiv:2309.16240. Constants are those of TRL 1.16: they cancel in a
/// difference of scores, but not where each score is first divided by a length (the per-token losses).
/// </summary>
public static class DivergenceScores
{
    private const double ExponentLimit = 80;

    /// <summary>Reverse KL: the log-ratio itself.</summary>
    /// <param name="logRatio">[B], nats.</param>
    /// <returns>[B].</returns>
    public static Tensor ReverseKl(Tensor logRatio) => logRatio.alias();

    /// <summary>Forward KL: <c>1 - exp(-rho)</c>. Overflows for a strongly negative log-ratio, as the definition does.</summary>
    /// <param name="logRatio">[B], nats.</param>
    /// <returns>[B].</returns>
    public static Tensor ForwardKl(Tensor logRatio)
    {
        using var scope = NewDisposeScope();
        return (1 - logRatio.neg().exp()).MoveToOuterDisposeScope();
    }

    /// <summary>Jensen-Shannon: <c>log 2 + log sigmoid(rho)</c>.</summary>
    /// <param name="logRatio">[B], nats.</param>
    /// <returns>[B].</returns>
    public static Tensor JensenShannon(Tensor logRatio)
    {
        using var scope = NewDisposeScope();
        return (nn.functional.logsigmoid(logRatio) + Math.Log(2)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Alpha divergence: <c>(exp((alpha - 1) rho) - 1) / (alpha - 1)</c>; alpha 1 is its limit, the log-ratio. The exponent is capped
    /// at 80 as in TRL, so that float32 stays finite.
    /// </summary>
    /// <param name="alpha">The coefficient; 0.5 in TRL.</param>
    /// <returns>A score function.</returns>
    public static LogRatioScore Alpha(double alpha)
    {
        var power = alpha - 1;
        if (Math.Abs(power) < 1e-6)
        {
            return ReverseKl;
        }

        return logRatio =>
        {
            using var scope = NewDisposeScope();
            return (((power * logRatio).clamp(max: ExponentLimit).exp() - 1) / power).MoveToOuterDisposeScope();
        };
    }
}
