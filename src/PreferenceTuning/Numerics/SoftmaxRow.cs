using System.Runtime.Intrinsics;

namespace PreferenceTuning.Numerics;

/// <summary>
/// One row of logits in one pass over memory: blocks that stay in the first-level cache are read twice (largest, then sums),
/// and the running sums are rescaled in double precision when a block raises the largest. Only raw memory, so it may run on
/// any thread.
/// </summary>
internal static class SoftmaxRow
{
    private const int Block = 2048;

    /// <summary>The largest element of a row, -infinity for an empty one.</summary>
    public static float Max(ReadOnlySpan<float> row) => Vector512.IsHardwareAccelerated ? Softmax512.Max(row) : Softmax256.Max(row);

    /// <summary>log sum of e^x over a row, nats.</summary>
    public static double LogSumExp(ReadOnlySpan<float> row) => Sums(row, 1).LogSumExp;

    /// <summary>The log-prob of one entry of a row of logits, and the row's entropy, both in nats, in one pass.</summary>
    public static (double LogProb, double Entropy) LogProbAndEntropy(ReadOnlySpan<float> row, int target, double temperature = 1)
    {
        var scale = (float)(1 / temperature);
        var sums = Sums(row, scale);
        return (sums.LogProb(row[target] * scale), sums.Entropy);
    }

    /// <summary>The statistics of a row of logits times <paramref name="scale"/>.</summary>
    public static SoftmaxSums Sums(ReadOnlySpan<float> row, float scale)
    {
        var (max, sum, weighted) = (float.NegativeInfinity, 0.0, 0.0);
        for (var start = 0; start < row.Length; start += Block)
        {
            var block = row.Slice(start, Math.Min(Block, row.Length - start));
            var blockMax = Max(block) * scale;
            if (blockMax > max)
            {
                Rescale(max, blockMax, ref sum, ref weighted);
                max = blockMax;
            }

            // While every logit is -infinity, 0 stands in for the largest: the sums stay 0, and NaN still shows.
            var reference = float.IsNegativeInfinity(max) ? 0 : max;
            if (Vector512.IsHardwareAccelerated)
            {
                Softmax512.Add(block, scale, reference, ref sum, ref weighted);
            }
            else
            {
                Softmax256.Add(block, scale, reference, ref sum, ref weighted);
            }
        }

        return new SoftmaxSums(max, sum, weighted);
    }

    /// <inheritdoc cref="Sums(ReadOnlySpan{float}, float)"/>
    public static SoftmaxSums Sums(ReadOnlySpan<double> row, double scale)
    {
        var (max, sum, weighted) = (SoftmaxScalar.Max(row) * scale, 0.0, 0.0);
        SoftmaxScalar.Add(row, scale, double.IsNegativeInfinity(max) ? 0 : max, ref sum, ref weighted);
        return new SoftmaxSums(max, sum, weighted);
    }

    /// <summary>Writes a row's gradient; <paramref name="destination"/> may be <paramref name="logits"/>.</summary>
    public static void Gradient(ReadOnlySpan<float> logits, Span<float> destination, in SoftmaxGradient row)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Softmax512.Gradient(logits, destination, row);
        }
        else
        {
            Softmax256.Gradient(logits, destination, row);
        }
    }

    private static void Rescale(float oldMax, float newMax, ref double sum, ref double weighted)
    {
        if (float.IsNegativeInfinity(oldMax))
        {
            return;
        }

        double shift = oldMax - (double)newMax;
        var factor = Math.Exp(shift);
        weighted = factor * (weighted + (shift * sum));
        sum *= factor;
    }
}
