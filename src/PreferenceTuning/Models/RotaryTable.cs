using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>Cosines and sines of the rotary positions of one batch.</summary>
internal static class RotaryTable
{
    /// <returns>
    /// Cosine and signed sine (first half negated), each [B or 1, 1, T, r]. Angles are computed in float64: in float32 a
    /// position of 100,000 is already off by 0.004 radians.
    /// </returns>
    public static (Tensor Cosine, Tensor Sine) Compute(RotaryConfig config, Tensor positions, KeyValueCache? cache, ScalarType dtype)
    {
        var longest = config.DependsOnLength ? positions.max().item<long>() + 1 : 0;
        if (config.Scaling == RotaryScaling.LongRope && cache is not null)
        {
            CheckSameTable(cache, longest > config.OriginalContextLength);
        }

        var frequencies = tensor(RotaryFrequencies.Compute(config, longest), dtype: ScalarType.Float64, device: positions.device);
        var angles = positions.to(ScalarType.Float64).unsqueeze(1).unsqueeze(-1).mul(frequencies);
        var (cosine, sine) = (angles.cos(), angles.sin());
        if (config.AttentionFactor != 1)
        {
            (cosine, sine) = (cosine * config.AttentionFactor, sine * config.AttentionFactor);
        }

        return (cat([cosine, cosine], -1).to(dtype), cat([sine.neg(), sine], -1).to(dtype));
    }

    private static void CheckSameTable(KeyValueCache cache, bool isLong)
    {
        if ((cache.RotatedForLongInput ??= isLong) != isLong)
        {
            throw new InvalidOperationException(
                "LongRoPE switches to its table for long inputs here, but the cached keys were rotated with the short one. "
                + "Compute the sequence again with a new cache.");
        }
    }
}
