using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PreferenceTuning.Numerics.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>
/// Linear maps of a few float32 rows, as in decoding. Such a product is bound by reading the weight, which libraries made for
/// square matrices read in small pieces; here each weight passes through the core once, and what comes next is fetched while
/// the rows are multiplied. Measured in benchmarks/README.md.
/// </summary>
/// <remarks>A row's result has the same bits whatever other rows are in the batch and however many threads there are.</remarks>
internal static unsafe class FewRows
{
    /// <summary>Beyond this many rows the library is as fast (measured).</summary>
    public const long MostRows = 32;

    // Multiplications that are worth waking a thread for.
    private const long ThreadWork = 1 << 18;

    /// <summary>Whether this processor has the vectors.</summary>
    public static bool IsSupported => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    /// <summary>Whether this processor and these tensors are such a product; no gradient may be asked for.</summary>
    /// <param name="input">[..., in].</param>
    /// <param name="weight">[out, in], or [in, out] where transposed.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="transposed">How the weight is stored.</param>
    public static bool Serves(Tensor input, Tensor weight, Tensor? bias, bool transposed) =>
        IsSupported
        && MatrixProducts.IsFloat32OnCpu(input)
        && input.numel() is > 0 and var elements && elements <= MostRows * input.shape[^1]
        && (transposed ? weight.shape[1] % FewRowsTransposed.Width == 0 : weight.shape[1] % FewRowsDot.Width == 0 && weight.shape[0] >= FewRowsDot.Outputs)
        && weight.is_contiguous() && (bias is null || bias.is_contiguous())
        && !LinearFunction.NeedsGradient(input, weight, bias);

    /// <summary><c>x W^T + b</c>, or <c>x W + b</c> where transposed; arguments as in <see cref="Serves"/>, which must be true.</summary>
    /// <returns>[..., out].</returns>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias, bool transposed)
    {
        using var scope = NewDisposeScope();
        var x = input.contiguous();
        var (rows, inputs, outputs) = (x.numel() / x.shape[^1], x.shape[^1], weight.shape[transposed ? 1 : 0]);
        var result = empty([.. input.shape[..^1], outputs], dtype: ScalarType.Float32);
        var shape = new FewRowsShape(
            (float*)TensorMemory.Pointer(x), (float*)TensorMemory.Pointer(weight), bias is null ? null : (float*)TensorMemory.Pointer(bias),
            (float*)TensorMemory.Pointer(result), rows, inputs, outputs);
        var unit = transposed ? FewRowsTransposed.Width : FewRowsDot.Outputs;
        RowLoop.Run(
            (outputs + unit - 1) / unit,
            Math.Max(1, ThreadWork / (rows * inputs * unit)),
            transposed
                ? (begin, end) => FewRowsTransposed.Run(shape, begin * unit, Math.Min(outputs, end * unit))
                : (begin, end) => FewRowsDot.Run(shape, begin * unit, Math.Min(outputs, end * unit)));
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>How many of the 4 lines that come next each tile of 4 rows fetches, so that the requests do not queue up behind the first one.</summary>
    public static int LinesOfTile(long tiles) => tiles >= 4 ? 1 : tiles == 1 ? 4 : 2;

    /// <summary>Asks for 0, 1, 2 or 4 lines of memory that are <paramref name="stride"/> floats apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(float* next, long stride, int lines)
    {
        if (lines == 0)
        {
            return;
        }

        Sse.Prefetch1(next);
        if (lines > 1)
        {
            Sse.Prefetch1(next + stride);
        }

        if (lines > 2)
        {
            Sse.Prefetch1(next + (2 * stride));
            Sse.Prefetch1(next + (3 * stride));
        }
    }
}

/// <summary>Where the operands lie, all row after row without gaps: x [rows, inputs], the weight, b [outputs] or null, y [rows, outputs].</summary>
internal readonly unsafe struct FewRowsShape(float* x, float* w, float* b, float* y, long rows, long inputs, long outputs)
{
    public readonly float* X = x, W = w, B = b, Y = y;
    public readonly long Rows = rows, Inputs = inputs, Outputs = outputs;
}
