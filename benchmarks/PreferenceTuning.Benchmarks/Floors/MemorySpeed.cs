using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>How fast all threads together read memory: the sum of a block that is much larger than the last-level cache.</summary>
internal static class MemorySpeed
{
    private const int Repetitions = 7;

    /// <summary>Bytes per second, the median of some readings.</summary>
    public static double Measure()
    {
        var threads = Cores.Count;
        var bytes = Math.Max(2L << 30, 4 * Cores.CacheBytes());
        // One block for each thread, which also fills it: its pages are then near that thread.
        var blocks = new float[threads][];
        var sums = new float[threads];
        var length = (int)Math.Min(bytes / sizeof(float) / threads, Array.MaxLength - 64) & ~63;
        Cores.Run(threads, thread => Array.Fill(blocks[thread] = GC.AllocateUninitializedArray<float>(length), 1e-9f));
        var seconds = Timing.InTurn(Repetitions, () => Cores.Run(threads, thread => sums[thread] += Sum(blocks[thread])))[0];
        return sums.All(float.IsFinite)
            ? (double)threads * length * sizeof(float) / Timing.Median(seconds)
            : throw new InvalidOperationException("The sum of finite numbers is not finite.");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum(float[] block)
    {
        ref var first = ref MemoryMarshal.GetArrayDataReference(block);
        return Vector512.IsHardwareAccelerated ? Sum512(ref first, (nuint)block.Length) : Sum256(ref first, (nuint)block.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum512(ref float first, nuint length)
    {
        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        for (nuint i = 0; i < length; i += 64)
        {
            a += Vector512.LoadUnsafe(ref first, i);
            b += Vector512.LoadUnsafe(ref first, i + 16);
            c += Vector512.LoadUnsafe(ref first, i + 32);
            d += Vector512.LoadUnsafe(ref first, i + 48);
        }

        return Vector512.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum256(ref float first, nuint length)
    {
        var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        for (nuint i = 0; i < length; i += 32)
        {
            a += Vector256.LoadUnsafe(ref first, i);
            b += Vector256.LoadUnsafe(ref first, i + 8);
            c += Vector256.LoadUnsafe(ref first, i + 16);
            d += Vector256.LoadUnsafe(ref first, i + 24);
        }

        return Vector256.Sum(a + b + c + d);
    }
}
