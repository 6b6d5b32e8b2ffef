using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PreferenceTuning.Numerics;

/// <summary>A function of single numbers, in vectors of 256 bits: twice as wide is no faster, since memory limits it.</summary>
internal interface INonlinearity
{
    /// <summary>f(x).</summary>
    static abstract Vector256<float> Value(Vector256<float> x);

    /// <summary>f(x) and f'(x).</summary>
    static abstract Vector256<float> Value(Vector256<float> x, out Vector256<float> slope);
}

/// <summary>
/// GELU by tanh, <c>x (1 + tanh u) / 2</c> with <c>u = sqrt(2 / pi) (x + 0.044715 x^3)</c>. Hendrycks and Gimpel 2016
/// (arXiv:1606.08415), section 2. Written as <c>x sigmoid(2 u)</c>, which is the same and loses nothing where tanh is near -1.
/// </summary>
internal readonly struct TanhGelu : INonlinearity
{
    private const float TwiceRoot = 1.5957691216f, Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x) => x * Sigmoid256.Value(Inner(x, x * x), out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x, out Vector256<float> slope)
    {
        var square = x * x;
        var sigmoid = Sigmoid256.Value(Inner(x, square), out var rest);
        var value = x * sigmoid;
        var innerSlope = Vector256.MultiplyAddEstimate(square, Vector256.Create(3 * Cubic * TwiceRoot), Vector256.Create(TwiceRoot));
        slope = Vector256.MultiplyAddEstimate(value * rest, innerSlope, sigmoid);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Inner(Vector256<float> x, Vector256<float> square) =>
        x * Vector256.MultiplyAddEstimate(square, Vector256.Create(Cubic * TwiceRoot), Vector256.Create(TwiceRoot));
}

/// <summary><c>x sigmoid(x)</c>. Elfwing et al. 2017 (arXiv:1702.03118), section 2.</summary>
internal readonly struct Silu : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x) => x * Sigmoid256.Value(x, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x, out Vector256<float> slope)
    {
        var sigmoid = Sigmoid256.Value(x, out var rest);
        var value = x * sigmoid;
        slope = Vector256.MultiplyAddEstimate(value, rest, sigmoid);
        return value;
    }
}

/// <summary><c>max(x, 0)</c>; the slope at 0 is 0, as in PyTorch.</summary>
internal readonly struct Relu : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x) => Vector256.Max(x, Vector256<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x, out Vector256<float> slope)
    {
        slope = Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256<float>.Zero), Vector256<float>.One, Vector256<float>.Zero);
        return Value(x);
    }
}

/// <summary>The logistic function.</summary>
internal static class Sigmoid256
{
    /// <summary><c>1 / (1 + e^-x)</c>, and what it lacks to 1 without cancellation. Below -60 it stays at e^-60.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Value(Vector256<float> x, out Vector256<float> rest)
    {
        var e = Softmax256.Exp(Vector256.MaxNative(Vector256.Create(SoftmaxScalar.Floor), -Vector256.Abs(x))); // NaN stays.
        var larger = Vector256<float>.One / (Vector256<float>.One + e);
        var smaller = e * larger;
        var isPositive = Vector256.GreaterThanOrEqual(x, Vector256<float>.Zero);
        rest = Vector256.ConditionalSelect(isPositive, smaller, larger);
        return Vector256.ConditionalSelect(isPositive, larger, smaller);
    }
}
