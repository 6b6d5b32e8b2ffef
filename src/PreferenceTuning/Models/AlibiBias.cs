using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>ALiBi (Press et al. 2021, arXiv:2108.12409): a penalty per head that grows with the distance of the key.</summary>
internal static class AlibiBias
{
    /// <param name="config">The decoder.</param>
    /// <param name="keys">[S] int64, the key indices.</param>
    /// <param name="dtype">The type to compute in.</param>
    /// <returns>
    /// [1, H, 1, S]: slope times (key index - last index). A constant per row does not matter to softmax; counting back from
    /// the last key keeps the numbers small, and so exact in 16 bits, where they matter most.
    /// </returns>
    public static Tensor Compute(DecoderConfig config, Tensor keys, ScalarType dtype)
    {
        var scale = config.AlibiScaled ? 1 / Math.Sqrt(config.HeadSize) : 1;
        var slopes = tensor([.. Slopes(config.Heads, config.AlibiSlopes).Select(slope => slope * scale)], dtype: ScalarType.Float64, device: keys.device);
        var distance = keys.sub(keys.shape[0] - 1).to(ScalarType.Float64);
        return slopes.view(1, -1, 1, 1).mul(distance).to(dtype);
    }

    public static double[] Slopes(int heads, AlibiSlopeOrder order)
    {
        var lower = 1;
        while (lower * 2 <= heads)
        {
            lower *= 2;
        }

        if (lower == heads)
        {
            return Powers(heads);
        }

        var higher = Powers(2 * lower);
        var odd = higher.Where((_, index) => index % 2 == 0);
        var even = higher.Where((_, index) => index % 2 == 1);
        return order == AlibiSlopeOrder.HigherCut
            ? [.. even.Concat(odd).Take(heads)]
            : [.. Powers(lower).Concat(odd).Take(heads)];
    }

    // 2^(-8 i / n), i = 1 .. n.
    private static double[] Powers(int count) => [.. Enumerable.Range(1, count).Select(i => Math.Pow(2, -8.0 * i / count))];
}
