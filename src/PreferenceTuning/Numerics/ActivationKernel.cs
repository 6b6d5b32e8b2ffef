using System.Runtime.Intrinsics;
using PreferenceTuning.Numerics.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>The nonlinearities that have a kernel.</summary>
internal enum Nonlinearity
{
    TanhGelu,
    Silu,
    Relu,
}

/// <summary><c>f(x)</c>, or <c>f(x) u</c> with a gate, over rows of float32 CPU memory; one pass forward, one backward.</summary>
internal static unsafe class ActivationKernel
{
    // Numbers that are worth waking a thread for.
    private const long ThreadWork = 1 << 14;

    /// <summary>Whether rows are as the loops want them: float32 on the CPU, whole vectors.</summary>
    public static bool Serves(Tensor x) =>
        MatrixProducts.IsFloat32OnCpu(x) && x.numel() > 0 && x.shape[^1] % Vector256<float>.Count == 0;

    /// <summary><c>f(x)</c> or <c>f(x) u</c>.</summary>
    /// <param name="x">[r, F], elements of a row next to each other.</param>
    /// <param name="up">[r, F] likewise, or null.</param>
    /// <param name="nonlinearity">f.</param>
    /// <returns>[r, F].</returns>
    public static Tensor Forward(Tensor x, Tensor? up, Nonlinearity nonlinearity)
    {
        var result = empty(x.shape, dtype: ScalarType.Float32);
        Run(new ActivationRows(x, up, result, null, null), nonlinearity);
        return result;
    }

    /// <summary>The value again and the gradients.</summary>
    /// <param name="x">As above.</param>
    /// <param name="up">As above.</param>
    /// <param name="nonlinearity">f.</param>
    /// <param name="gradient">[r, F] of the value; overwritten with the gradient of <paramref name="up"/>, or of x where there is none.</param>
    /// <returns>The value [r, F], and the gradient of x [r, F], which is <paramref name="gradient"/> where there is no gate.</returns>
    public static (Tensor Value, Tensor OfX) Backward(Tensor x, Tensor? up, Nonlinearity nonlinearity, Tensor gradient)
    {
        var value = empty(x.shape, dtype: ScalarType.Float32);
        var ofX = up is null ? gradient : empty(x.shape, dtype: ScalarType.Float32);
        Run(new ActivationRows(x, up, value, gradient, ofX), nonlinearity);
        return (value, ofX);
    }

    private static void Run(ActivationRows rows, Nonlinearity nonlinearity)
    {
        RowLoop.Run(
            rows.Rows,
            Math.Max(1, ThreadWork / rows.Columns),
            nonlinearity switch
            {
                Nonlinearity.TanhGelu => rows.Run<TanhGelu>,
                Nonlinearity.Silu => rows.Run<Silu>,
                Nonlinearity.Relu => rows.Run<Relu>,
                _ => throw new ArgumentOutOfRangeException(nameof(nonlinearity), nonlinearity, "There is no such nonlinearity."),
            });
        GC.KeepAlive(rows.Operands);
    }
}

/// <summary>Where the operands lie, and the loops over them.</summary>
internal sealed unsafe class ActivationRows(Tensor x, Tensor? up, Tensor value, Tensor? gradient, Tensor? ofX)
{
    private readonly float* _x = Pointer(x), _up = Pointer(up), _value = Pointer(value), _gradient = Pointer(gradient), _ofX = Pointer(ofX);
    private readonly long _stride = x.stride(0), _upStride = up?.stride(0) ?? 0;

    public long Rows { get; } = x.shape[0];

    public long Columns { get; } = x.shape[1];

    /// <summary>What has to live while the loops run.</summary>
    public Tensor?[] Operands { get; } = [x, up, value, gradient, ofX];

    public void Run<T>(long begin, long end)
        where T : INonlinearity
    {
        for (var row = begin; row < end; row++)
        {
            if (_gradient is null)
            {
                Forward<T>(_x + (row * _stride), _up is null ? null : _up + (row * _upStride), _value + (row * Columns));
            }
            else if (_up is null)
            {
                Backward<T>(_x + (row * _stride), _value + (row * Columns), _gradient + (row * Columns));
            }
            else
            {
                BackwardGated<T>(_x + (row * _stride), _up + (row * _upStride), row * Columns);
            }
        }
    }

    private void Forward<T>(float* x, float* up, float* value)
        where T : INonlinearity
    {
        for (var i = 0L; i < Columns; i += Vector256<float>.Count)
        {
            var y = T.Value(Vector256.Load(x + i));
            (up is null ? y : y * Vector256.Load(up + i)).Store(value + i);
        }
    }

    private void Backward<T>(float* x, float* value, float* gradient)
        where T : INonlinearity
    {
        for (var i = 0L; i < Columns; i += Vector256<float>.Count)
        {
            T.Value(Vector256.Load(x + i), out var slope).Store(value + i);
            (Vector256.Load(gradient + i) * slope).Store(gradient + i);
        }
    }

    private void BackwardGated<T>(float* x, float* up, long start)
        where T : INonlinearity
    {
        float* value = _value + start, gradient = _gradient + start, ofX = _ofX + start;
        for (var i = 0L; i < Columns; i += Vector256<float>.Count)
        {
            var y = T.Value(Vector256.Load(x + i), out var slope);
            var (u, g) = (Vector256.Load(up + i), Vector256.Load(gradient + i));
            (y * u).Store(value + i);
            (g * u * slope).Store(ofX + i);
            (g * y).Store(gradient + i);
        }
    }

    private static float* Pointer(Tensor? tensor) => tensor is null ? null : (float*)TensorMemory.Pointer(tensor);
}
