using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>What a policy loss returns for each token, unreduced, with what a trainer wants to report.</summary>
/// <param name="Losses">[B, T], differentiable, 0 outside the mask.</param>
/// <param name="LogRatios">[B, T] nats, detached: <c>log pi - log pi_old</c>, 0 outside the mask.</param>
/// <param name="IsClipped">[B, T] bool: where the clipped term is the larger loss; false outside the mask.</param>
public sealed record PolicyLossResult(Tensor Losses, Tensor LogRatios, Tensor IsClipped);

/// <summary>Policy-gradient losses per token.</summary>
public static class PolicyLosses
{
    /// <summary>
    /// PPO's clipped surrogate: <c>max(-A ratio, -A clip(ratio, 1 - c, 1 + c))</c>, <c>ratio = exp(log pi - log pi_old)</c>. Schulman
    /// et al. 2017, arXiv:1707.06347, eq. 7.
    /// </summary>
    /// <param name="logProbs">[B, T], nats: the policy that is trained.</param>
    /// <param name="oldLogProbs">[B, T], nats: the policy that sampled; no gradient flows into it.</param>
    /// <param name="advantages">[B, T]; no gradient flows into them.</param>
    /// <param name="responseMask">[B, T] bool, true = a token that is learned.</param>
    /// <param name="clipRange">c, greater than 0; 0.2 in the paper.</param>
    public static PolicyLossResult PpoClipped(
        Tensor logProbs, Tensor oldLogProbs, Tensor advantages, Tensor responseMask, double clipRange)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(clipRange);
        Check.Rank(logProbs, 2);
        Check.SameShape(oldLogProbs, logProbs);
        Check.SameShape(advantages, logProbs);
        Check.SameShape(responseMask, logProbs);
        Check.Mask(responseMask);
        using var scope = NewDisposeScope();
        var outside = responseMask.logical_not();
        // Before the exponential, not after: padding may hold anything, and the gradient of an infinite ratio is NaN even when masked.
        var logRatios = (logProbs - oldLogProbs.detach()).masked_fill(outside, 0);
        var weights = advantages.detach().masked_fill(outside, 0).neg();
        var ratios = logRatios.exp();
        var plain = weights * ratios;
        var clipped = weights * ratios.clamp(1 - clipRange, 1 + clipRange);
        return new PolicyLossResult(
            plain.maximum(clipped).MoveToOuterDisposeScope(),
            logRatios.detach().MoveToOuterDisposeScope(),
            (clipped > plain).MoveToOuterDisposeScope());
    }
}
