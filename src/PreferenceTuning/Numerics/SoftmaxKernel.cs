using PreferenceTuning.Numerics.Native;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>The CPU loops of <see cref="SoftmaxRows"/> over raw memory, rows shared out among threads.</summary>
internal static unsafe class SoftmaxKernel
{
    // Elements that are worth waking a thread for.
    private const long Grain = 1 << 15;

    public static Tensor Statistics(Tensor logits, in SoftmaxRequest request)
    {
        using var scope = NewDisposeScope();
        var rows = new Rows(logits);
        var targets = request.Targets.contiguous();
        var statistics = empty(4, rows.Count, dtype: ScalarType.Float64);
        var target = (long*)TensorMemory.Pointer(targets);
        var output = (double*)TensorMemory.Pointer(statistics);
        var scale = request.Scale;
        RowLoop.Run(rows.Count, Grain / Math.Max(1, rows.Width), (begin, end) =>
        {
            for (var row = begin; row < end; row++)
            {
                var sums = rows.IsDouble ? SoftmaxRow.Sums(rows.Double(row), scale) : SoftmaxRow.Sums(rows.Float(row), (float)scale);
                var logit = rows.IsDouble ? rows.Double(row)[(int)target[row]] * scale : rows.Float(row)[(int)target[row]] * (float)scale;
                output[row] = sums.Max;
                output[rows.Count + row] = sums.Sum;
                output[(2 * rows.Count) + row] = sums.Entropy;
                output[(3 * rows.Count) + row] = sums.LogProb(logit);
            }
        });
        GC.KeepAlive(logits);
        GC.KeepAlive(targets);
        return statistics.MoveToOuterDisposeScope();
    }

    public static void Gradient(Tensor logits, Tensor destination, Tensor statistics, Tensor upstream, in SoftmaxRequest request)
    {
        using var scope = NewDisposeScope();
        var (source, written) = (new Rows(logits), new Rows(destination));
        var count = source.Count;
        var targets = request.Targets.contiguous();
        var gradients = upstream.to_type(ScalarType.Float64).contiguous();
        var contiguous = statistics.contiguous();
        var target = (long*)TensorMemory.Pointer(targets);
        var known = (double*)TensorMemory.Pointer(contiguous);
        var received = (double*)TensorMemory.Pointer(gradients);
        var (scale, inverseCap) = (request.Scale, request.InverseCap);
        RowLoop.Run(count, Grain / Math.Max(1, source.Width), (begin, end) =>
        {
            for (var row = begin; row < end; row++)
            {
                var given = new Given(known[row], known[count + row], known[(2 * count) + row], received[row], received[count + row]);
                if (source.IsDouble)
                {
                    Row(source.Double(row), written.Double(row), (int)target[row], given, scale, inverseCap);
                }
                else
                {
                    Row(source.Float(row), written.Float(row), (int)target[row], given, scale, inverseCap);
                }
            }
        });
        GC.KeepAlive(logits);
        GC.KeepAlive(destination);
        GC.KeepAlive(targets);
        GC.KeepAlive(gradients);
        GC.KeepAlive(contiguous);
    }

    private static void Row(ReadOnlySpan<float> logits, Span<float> gradient, int target, in Given given, double scale, double inverseCap)
    {
        if (given.IsZero)
        {
            gradient.Clear();
            return;
        }

        var atTarget = given.LogProb * scale * CapSlope(logits[target], inverseCap);
        SoftmaxRow.Gradient(logits, gradient, new SoftmaxGradient(
            (float)given.Max, (float)scale, (float)(1 / given.Sum), (float)(given.Constant * scale), (float)(given.Slope * scale), (float)inverseCap));
        gradient[target] += (float)atTarget;
    }

    private static void Row(ReadOnlySpan<double> logits, Span<double> gradient, int target, in Given given, double scale, double inverseCap)
    {
        if (given.IsZero)
        {
            gradient.Clear();
            return;
        }

        var atTarget = given.LogProb * scale * CapSlope(logits[target], inverseCap);
        SoftmaxScalar.Gradient(logits, gradient, new SoftmaxGradientDouble(
            given.Max, scale, 1 / given.Sum, given.Constant * scale, given.Slope * scale, inverseCap));
        gradient[target] += atTarget;
    }

    private static double CapSlope(double capped, double inverseCap) => inverseCap == 0 ? 1 : 1 - (capped * inverseCap * capped * inverseCap);

    /// <summary>A row's statistics and the gradients that reach its log-prob and its entropy.</summary>
    private readonly record struct Given(double Max, double Sum, double EntropyValue, double LogProb, double Entropy)
    {
        public bool IsZero => LogProb == 0 && Entropy == 0;

        public double Slope => -Entropy;

        public double Constant => -LogProb - (Entropy * (EntropyValue - Math.Log(Sum)));
    }

    /// <summary>Rows of a matrix in memory.</summary>
    private readonly struct Rows
    {
        private readonly byte* _first;
        private readonly long _stride;

        public Rows(Tensor matrix)
        {
            if (matrix.stride(1) != 1 && matrix.shape[1] > 1)
            {
                throw new ArgumentException($"'{nameof(matrix)}' has stride {matrix.stride(1)} in its rows; contiguous rows were expected.", nameof(matrix));
            }

            IsDouble = matrix.dtype == ScalarType.Float64;
            if (!IsDouble && matrix.dtype != ScalarType.Float32)
            {
                throw new ArgumentException($"'{nameof(matrix)}' has type {matrix.dtype}; Float32 or Float64 was expected.", nameof(matrix));
            }

            _first = (byte*)TensorMemory.Pointer(matrix);
            _stride = matrix.stride(0) * (IsDouble ? sizeof(double) : sizeof(float));
            (Count, Width) = (matrix.shape[0], checked((int)matrix.shape[1]));
        }

        public bool IsDouble { get; }

        public long Count { get; }

        public int Width { get; }

        public Span<float> Float(long row) => new(_first + (row * _stride), Width);

        public Span<double> Double(long row) => new(_first + (row * _stride), Width);
    }
}
