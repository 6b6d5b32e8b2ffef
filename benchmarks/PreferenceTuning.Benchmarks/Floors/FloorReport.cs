using PreferenceTuning.Benchmarks.Steps;
using PreferenceTuning.Numerics;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>What no implementation of the whole steps can go below on this processor: memory, arithmetic, and its matrix products alone.</summary>
internal static class FloorReport
{
    private static readonly long[] BodyRows = [512, 1024], HeadRows = [64, 128, 256, 512, 1024];

    public static void Print(string[] args)
    {
        var steps = WholeStep.Named(args.Length > 0 ? args[0] : "all");
        var threads = Cores.Count;
        // Before the first tensor: libtorch's threads would still wait for work.
        var memory = MemorySpeed.Measure();
        var peak = ArithmeticPeak.Measure(threads);
        MarkdownTable.Header("floor", $"{threads} threads", "1 thread");
        MarkdownTable.Row($"reading memory, GB/s", $"{memory / 1e9:F1}", $"");
        MarkdownTable.Row($"multiply and add in registers, GFLOP/s", $"{peak / 1e9:F0}", $"{ArithmeticPeak.Measure(1) / 1e9:F0}");
        HostAllocator.KeepFreedMemory();
        using var times = new ProductTimes();
        PrintRates(times);
        PrintSteps(steps, times, memory, peak);
        PrintProducts(steps);
    }

    private static void PrintRates(ProductTimes times)
    {
        Console.WriteLine($"\nGFLOP/s with a weight from memory, libtorch's operators / this library ({MatrixProducts.Describe()}):");
        MarkdownTable.Header("rows, in, out", "x W", "g W^T", "x^T g");
        var body = LinearMap.Layer.SelectMany(map => BodyRows.Select(rows => (rows, map)));
        foreach (var (rows, map) in body.Concat(HeadRows.Select(rows => (rows, LinearMap.Head))))
        {
            var cells = Enum.GetValues<ProductKind>().Select(kind => Rate(times, new MatrixProduct(kind, rows, map)));
            MarkdownTable.Row([$"{rows}, {map.Inputs}, {map.Outputs}", .. cells]);
        }
    }

    private static FormattableString Rate(ProductTimes times, MatrixProduct product)
    {
        var seconds = times.Seconds(product);
        return $"{product.Flop / seconds.Torch / 1e9:F0} / {product.Flop / seconds.Ours / 1e9:F0}";
    }

    private static void PrintSteps(WholeStep[] steps, ProductTimes times, double memory, double peak)
    {
        MarkdownTable.Header(
            "step", "GFLOP", "at peak, s", "products alone in libtorch's operators, s", "with this library, s", "weights read, GB",
            "at memory speed, s", "plain's products / ours");
        foreach (var step in steps)
        {
            var (ours, plain) = (step.OurProducts(), step.PlainProducts());
            var (torch, library) = times.Seconds(ours);
            var (torchPlain, _) = times.Seconds(plain);
            Row($"{step.Name}", ours, torch, $"{library:F2}", $"{torchPlain / library:F2}");
            Row($"{step.Name}, plain", plain, torchPlain, $"", $"");
        }

        void Row(FormattableString name, ProductList list, double torch, FormattableString library, FormattableString ratio) => MarkdownTable.Row(
            name, $"{list.Flop / 1e9:F0}", $"{list.Flop / peak:F2}", $"{torch:F2}", library, $"{list.Bytes / 1e9:F1}", $"{list.Bytes / memory:F2}", ratio);
    }

    private static void PrintProducts(WholeStep[] steps)
    {
        MarkdownTable.Header("step", "rows, in, out: times x W / g W^T / x^T g");
        foreach (var step in steps)
        {
            MarkdownTable.Row($"{step.Name}", $"{Describe(step.OurProducts())}");
            MarkdownTable.Row($"{step.Name}, plain", $"{Describe(step.PlainProducts())}");
        }
    }

    private static string Describe(ProductList list) => string.Join(
        "; ",
        list.Counts.Keys.GroupBy(product => (product.Rows, product.Map)).Select(group =>
        {
            var counts = Enum.GetValues<ProductKind>().Select(kind => list.Counts.GetValueOrDefault(new MatrixProduct(kind, group.Key.Rows, group.Key.Map)));
            return $"{group.Key.Rows}, {group.Key.Map.Inputs}, {group.Key.Map.Outputs}: {string.Join(" / ", counts)}";
        }));
}
