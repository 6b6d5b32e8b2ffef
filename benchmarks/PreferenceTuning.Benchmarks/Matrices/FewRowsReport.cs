using PreferenceTuning.Benchmarks.Floors;
using PreferenceTuning.Benchmarks.Steps;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks.Matrices;

/// <summary>
/// The matrix products of one decode step of GPT-2 small: the body's 48, stored [in, out], and the head's, [out, in]. All weights are
/// read in every turn, half a gigabyte, so each comes from memory.
/// </summary>
internal static class FewRowsReport
{
    private const int Repetitions = 20;
    private static readonly long[] Rows = [1, 2, 4, 8, 16, 24, 32, 64];

    public static void Print()
    {
        var memory = MemorySpeed.Measure();
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var body = Enumerable.Range(0, StepSizes.Layers).SelectMany(_ => LinearMap.Layer).Select(map => rand(map.Inputs, map.Outputs)).ToArray();
        var head = rand(LinearMap.Head.Outputs, LinearMap.Head.Inputs);
        Console.WriteLine(FormattableString.Invariant(
            $"Milliseconds, {Cores.Count} threads, medians of {Repetitions} in turn. {MatrixProducts.Describe()}."));
        MarkdownTable.Header("rows", "body: MKL", "body: ours", "head: MKL", "head: ours");
        var chosen = MatrixProducts.Backend;
        try
        {
            foreach (var rows in Rows)
            {
                PrintRows(rows, body, head);
            }

            var (ofBody, ofHead) = (Milliseconds(body, memory), Milliseconds([head], memory));
            MarkdownTable.Row($"reading the weights at {memory / 1e9:F1} GB/s", $"{ofBody:F1}", $"{ofBody:F1}", $"{ofHead:F1}", $"{ofHead:F1}");
        }
        finally
        {
            MatrixProducts.Backend = chosen;
        }
    }

    private static void PrintRows(long rows, Tensor[] body, Tensor head)
    {
        using var scope = NewDisposeScope();
        var inputs = LinearMap.Layer.Select(map => map.Inputs).Distinct().ToDictionary(width => (long)width, width => rand(rows, width));
        void Body() => Array.ForEach(body, weight => MatrixProducts.LinearFromTransposed(inputs[weight.shape[0]], weight).Dispose());
        void Head() => MatrixProducts.Linear(inputs[head.shape[1]], head).Dispose();
        var times = Timing.InTurn(
            Repetitions, With(MatrixBackend.Mkl, Body), With(MatrixBackend.Mkl, Head), With(MatrixBackend.Auto, Body), With(MatrixBackend.Auto, Head))
            .Select(seconds => Timing.Median(seconds) * 1e3).ToArray();
        MarkdownTable.Row($"{rows}", $"{times[0]:F1}", $"{times[2]:F1}", $"{times[1]:F1}", $"{times[3]:F1}");
    }

    private static double Milliseconds(Tensor[] weights, double memory) => weights.Sum(weight => weight.numel()) * sizeof(float) / memory * 1e3;

    private static Action With(MatrixBackend backend, Action products) => () =>
    {
        MatrixProducts.Backend = backend;
        products();
    };
}
