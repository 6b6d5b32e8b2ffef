using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>The two libraries on some products of a GPT-2-small layer, each the best of several runs, summed; milliseconds.</summary>
/// <param name="Own">libtorch's own choice, MKL on x64.</param>
/// <param name="OneDnn">oneDNN.</param>
public sealed record MatrixMeasurement(double Own, double OneDnn)
{
    // Rows, inputs, outputs: training and decoding.
    private static readonly (long Rows, long In, long Out)[] Shapes = [(128, 768, 768), (16, 768, 768), (16, 768, 3072)];

    internal static MatrixMeasurement Make()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var (own, oneDnn) = (0.0, 0.0);
        foreach (var (rows, inputs, outputs) in Shapes)
        {
            // Ones: no random state is touched, and no product takes longer for other numbers.
            var (x, weight) = (ones(rows, inputs), ones(outputs, inputs));
            var (bestOwn, bestOneDnn) = (double.PositiveInfinity, double.PositiveInfinity);

            // In turns, and the best: what disturbs a run only makes it longer, and the first run pays for setting up.
            for (var run = 0; run < 12; run++)
            {
                bestOwn = Math.Min(bestOwn, Time(() => x.mm(weight.t())));
                bestOneDnn = Math.Min(bestOneDnn, Time(() => MatrixProducts.OneDnnProduct(x, weight, null)));
            }

            (own, oneDnn) = (own + bestOwn, oneDnn + bestOneDnn);
        }

        return new MatrixMeasurement(own, oneDnn);
    }

    private static double Time(Func<Tensor> product)
    {
        using var scope = NewDisposeScope();
        var start = Stopwatch.GetTimestamp();
        product();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
