using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>What a value loss returns for each token, unreduced.</summary>
/// <param name="Losses">[B, T], differentiable, 0 outside the mask, in squared units of the return.</param>
/// <param name="IsClipped">[B, T] bool: where the clipped prediction has the larger error; false outside the mask.</param>
public sealed record ValueLossResult(Tensor Losses, Tensor IsClipped);

/// <summary>Losses of a value head per token.</summary>
public static class ValueLosses
{
    /// <summary>
    /// Half of the larger squared error of the prediction and of the prediction clipped around the old one:
    /// <c>1/2 max((V - R)^2, (clip(V, V_old - c, V_old + c) - R)^2)</c>. Not in a paper's equation: it came with OpenAI's PPO code and
    /// is what Ziegler et al. 2019 and TRL use (half included).
    /// </summary>
    /// <param name="values">[B, T]: the value head that is trained.</param>
    /// <param name="oldValues">[B, T]: its predictions at rollout; no gradient flows into them.</param>
    /// <param name="returns">[B, T]: the regression target; no gradient flows into it.</param>
    /// <param name="mask">[B, T] bool, true = keep.</param>
    /// <param name="clipRange">c, greater than 0, in units of the return; 0.2 in both sources; infinity switches clipping off.</param>
    public static ValueLossResult Clipped(Tensor values, Tensor oldValues, Tensor returns, Tensor mask, double clipRange)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(clipRange);
        Check.Rank(values, 2);
        Check.SameShape(oldValues, values);
        Check.SameShape(returns, values);
        Check.SameShape(mask, values);
        Check.Mask(mask);
        using var scope = NewDisposeScope();
        var outside = mask.logical_not();
        var target = returns.detach().masked_fill(outside, 0);
        var old = oldValues.detach().masked_fill(outside, 0);
        var current = values.masked_fill(outside, 0);
        var plain = (current - target).square();
        var clipped = (current.clamp(old - clipRange, old + clipRange) - target).square();
        return new ValueLossResult(
            (plain.maximum(clipped) / 2).MoveToOuterDisposeScope(),
            (clipped > plain).MoveToOuterDisposeScope());
    }
}
