using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>What the cores multiply and add at most: twelve independent chains of fused multiply-adds that never leave the registers.</summary>
internal static class ArithmeticPeak
{
    private const int Chains = 12, Repetitions = 7;
    private const long Rounds = 20_000_000;

    /// <summary>Floating-point operations per second of that many threads together, the median of some runs.</summary>
    public static double Measure(int threads)
    {
        var results = new float[threads];
        void Chain(int thread) => results[thread] = Vector512.IsHardwareAccelerated ? Chain512(Rounds) : Chain256(Rounds);
        var seconds = Timing.InTurn(Repetitions, () => Cores.Run(threads, Chain))[0];
        var width = Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count;
        // Each chain runs to the fixed point of x / 2 + 1, which is 2.
        return results.All(result => result == 2f * Chains * width)
            ? 2.0 * Chains * width * Rounds * threads / Timing.Median(seconds)
            : throw new InvalidOperationException($"The chains ended at {results[0]} instead of {2 * Chains * width}.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Chain512(long rounds)
    {
        var (half, one) = (Vector512.Create(0.5f), Vector512<float>.One);
        Vector512<float> a = one, b = one, c = one, d = one, e = one, f = one, g = one, h = one, i = one, j = one, k = one, l = one;
        for (var round = 0L; round < rounds; round++)
        {
            a = Vector512.FusedMultiplyAdd(a, half, one);
            b = Vector512.FusedMultiplyAdd(b, half, one);
            c = Vector512.FusedMultiplyAdd(c, half, one);
            d = Vector512.FusedMultiplyAdd(d, half, one);
            e = Vector512.FusedMultiplyAdd(e, half, one);
            f = Vector512.FusedMultiplyAdd(f, half, one);
            g = Vector512.FusedMultiplyAdd(g, half, one);
            h = Vector512.FusedMultiplyAdd(h, half, one);
            i = Vector512.FusedMultiplyAdd(i, half, one);
            j = Vector512.FusedMultiplyAdd(j, half, one);
            k = Vector512.FusedMultiplyAdd(k, half, one);
            l = Vector512.FusedMultiplyAdd(l, half, one);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Chain256(long rounds)
    {
        var (half, one) = (Vector256.Create(0.5f), Vector256<float>.One);
        Vector256<float> a = one, b = one, c = one, d = one, e = one, f = one, g = one, h = one, i = one, j = one, k = one, l = one;
        for (var round = 0L; round < rounds; round++)
        {
            a = Vector256.FusedMultiplyAdd(a, half, one);
            b = Vector256.FusedMultiplyAdd(b, half, one);
            c = Vector256.FusedMultiplyAdd(c, half, one);
            d = Vector256.FusedMultiplyAdd(d, half, one);
            e = Vector256.FusedMultiplyAdd(e, half, one);
            f = Vector256.FusedMultiplyAdd(f, half, one);
            g = Vector256.FusedMultiplyAdd(g, half, one);
            h = Vector256.FusedMultiplyAdd(h, half, one);
            i = Vector256.FusedMultiplyAdd(i, half, one);
            j = Vector256.FusedMultiplyAdd(j, half, one);
            k = Vector256.FusedMultiplyAdd(k, half, one);
            l = Vector256.FusedMultiplyAdd(l, half, one);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
