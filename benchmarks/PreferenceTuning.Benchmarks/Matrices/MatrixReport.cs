using PreferenceTuning.Benchmarks.Floors;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks.Matrices;

/// <summary>The matrix libraries inside libtorch at some shapes [m, k] x [n, k], and what the weight's layout does where few rows are multiplied.</summary>
internal static class MatrixReport
{
    private static readonly (int M, int K, int N)[] Shapes =
        [(1024, 768, 3072), (1024, 3072, 768), (256, 768, 768), (16, 768, 3072), (128, 768, 50257), (16, 768, 50257), (16, 128, 128)];

    private static readonly (int M, int K, int N)[] FewRowShapes =
        [(1, 768, 3072), (4, 768, 3072), (16, 768, 768), (16, 768, 3072), (16, 3072, 768), (16, 768, 2304), (64, 3072, 768)];

    public static void Print()
    {
        var chosen = MatrixProducts.Backend;
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var memory = new ColdMemory();
        try
        {
            Console.WriteLine($"Milliseconds, {Cores.Count} threads, medians; weights from memory. {MatrixProducts.Describe()}.");
            PrintLibraries(memory);
            PrintLayouts(memory);
        }
        catch (InvalidOperationException exception) when (MatrixProducts.Backend != MatrixBackend.OneDnn)
        {
            throw new UsageException(exception.Message); // There is no oneDNN here.
        }
        finally
        {
            MatrixProducts.Backend = chosen;
        }
    }

    private static void PrintLibraries(ColdMemory memory)
    {
        MarkdownTable.Header("m, k, n", "x W^T: MKL", "oneDNN", "bfloat16 (weight from the cache)", "g W: MKL", "oneDNN", "g^T x added to the sum: MKL", "oneDNN");
        foreach (var (m, k, n) in Shapes)
        {
            using var scope = NewDisposeScope();
            var (x, g) = (rand(m, k), rand(m, n));
            var (shortX, shortWeight) = (x.bfloat16(), rand(n, k).bfloat16());
            PrintRow(
                (m, k, n),
                With(MatrixBackend.Mkl, () => MatrixProducts.Linear(x, memory.Matrix(n, k))),
                With(MatrixBackend.OneDnn, () => MatrixProducts.Linear(x, memory.Matrix(n, k))),
                With(MatrixBackend.Mkl, () => nn.functional.linear(shortX, shortWeight)),
                With(MatrixBackend.Mkl, () => g.mm(memory.Matrix(n, k))),
                With(MatrixBackend.OneDnn, () => MatrixProducts.LinearFromTransposed(g, memory.Matrix(n, k))),
                With(MatrixBackend.Mkl, () => memory.Matrix(n, k).addmm_(g.t(), x, 1, 1)),
                With(MatrixBackend.OneDnn, () => memory.Matrix(n, k).add_(MatrixProducts.LinearFromTransposed(g.t(), x))));
        }
    }

    private static void PrintLayouts(ColdMemory memory)
    {
        MarkdownTable.Header("m, k, n", "x W^T with W [out, in]", "x W with W [in, out]", "(W x^T)^T", "oneDNN, W [out, in]", "this library, W [in, out]");
        foreach (var (m, k, n) in FewRowShapes)
        {
            using var scope = NewDisposeScope();
            var x = rand(m, k);
            PrintRow(
                (m, k, n),
                With(MatrixBackend.Mkl, () => nn.functional.linear(x, memory.Matrix(n, k))),
                With(MatrixBackend.Mkl, () => x.mm(memory.Matrix(k, n))),
                With(MatrixBackend.Mkl, () => memory.Matrix(n, k).mm(x.t()).t()),
                With(MatrixBackend.OneDnn, () => MatrixProducts.Linear(x, memory.Matrix(n, k))),
                With(MatrixBackend.Auto, () => MatrixProducts.LinearFromTransposed(x, memory.Matrix(k, n))));
        }
    }

    private static void PrintRow((int M, int K, int N) shape, params Action[] products)
    {
        var repetitions = 2.0 * shape.M * shape.K * shape.N > 1e9 ? 7 : 100;
        var cells = Timing.InTurn(repetitions, products).Select(seconds => (FormattableString)$"{Timing.Median(seconds) * 1e3:F3}");
        MarkdownTable.Row([$"{shape.M}, {shape.K}, {shape.N}", .. cells]);
    }

    private static Action With(MatrixBackend backend, Func<Tensor> product) => () =>
    {
        using var scope = NewDisposeScope();
        MatrixProducts.Backend = backend;
        _ = product();
    };
}
