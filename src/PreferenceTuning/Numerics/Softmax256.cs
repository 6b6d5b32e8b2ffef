using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PreferenceTuning.Numerics;

/// <summary>The three loops over a block of logits, in vectors of 256 bits. The same code as its sibling of another width.</summary>
internal static class Softmax256
{
    /// <summary>The largest logit; NaN is passed over (the sums see it).</summary>
    public static float Max(ReadOnlySpan<float> logits)
    {
        ref var first = ref MemoryMarshal.GetReference(logits);
        var greatest = Vector256.Create(float.NegativeInfinity);
        var i = 0;
        for (; i <= logits.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var x = Vector256.LoadUnsafe(ref first, (nuint)i);
            greatest = Vector256.ConditionalSelect(Vector256.GreaterThan(x, greatest), x, greatest);
        }

        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Vector256<float>.Count; lane++)
        {
            max = greatest[lane] > max ? greatest[lane] : max;
        }

        return SoftmaxScalar.Max(logits[i..], max);
    }

    /// <summary>Adds the block's sums of e^d and d e^d, d = scale x - max. Lanes add in float32 for one block only.</summary>
    public static void Add(ReadOnlySpan<float> logits, float scale, float max, ref double sum, ref double weighted)
    {
        ref var first = ref MemoryMarshal.GetReference(logits);
        var (sums, moreSums) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (products, moreProducts) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var zero = Exp(Vector256.Create(SoftmaxScalar.Floor));
        var i = 0;
        for (; i <= logits.Length - (2 * Vector256<float>.Count); i += 2 * Vector256<float>.Count)
        {
            var d = Distance(Vector256.LoadUnsafe(ref first, (nuint)i), scale, max);
            var more = Distance(Vector256.LoadUnsafe(ref first, (nuint)(i + Vector256<float>.Count)), scale, max);
            var e = Exp(d) - zero;
            var moreE = Exp(more) - zero;
            sums += e;
            moreSums += moreE;
            products = Vector256.MultiplyAddEstimate(d, e, products);
            moreProducts = Vector256.MultiplyAddEstimate(more, moreE, moreProducts);
        }

        sum += Vector256.Sum(sums + moreSums);
        weighted += Vector256.Sum(products + moreProducts);
        SoftmaxScalar.Add(logits[i..], scale, max, ref sum, ref weighted);
    }

    /// <summary>Writes the gradient of a row's block; <paramref name="destination"/> may be <paramref name="logits"/>.</summary>
    public static void Gradient(ReadOnlySpan<float> logits, Span<float> destination, in SoftmaxGradient row)
    {
        ref var first = ref MemoryMarshal.GetReference(logits);
        ref var target = ref MemoryMarshal.GetReference(destination);
        var inverseSum = Vector256.Create(row.InverseSum);
        var constant = Vector256.Create(row.Constant);
        var slope = Vector256.Create(row.Slope);
        var inverseCap = Vector256.Create(row.InverseCap);
        var zero = Exp(Vector256.Create(SoftmaxScalar.Floor));
        var i = 0;
        for (; i <= logits.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var x = Vector256.LoadUnsafe(ref first, (nuint)i);
            var d = Distance(x, row.Scale, row.Max);
            var gradient = (Exp(d) - zero) * inverseSum * Vector256.MultiplyAddEstimate(slope, d, constant);
            if (row.InverseCap != 0)
            {
                var ratio = x * inverseCap;
                gradient *= Vector256<float>.One - (ratio * ratio);
            }

            gradient.StoreUnsafe(ref target, (nuint)i);
        }

        SoftmaxScalar.Gradient(logits[i..], destination[i..], row);
    }

    // No less than the floor, whose exponential is then subtracted from all: so e^d is exactly 0 at and below it, and -infinity
    // needs no care. The difference is far below a unit in the last place elsewhere. NaN is the second operand and so stays.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Distance(Vector256<float> x, float scale, float max) =>
        Vector256.MaxNative(Vector256.Create(SoftmaxScalar.Floor), (x * Vector256.Create(scale)) - Vector256.Create(max));

    // e^d = 2^n e^r with n = round(d / ln 2) and |r| <= ln 2 / 2 (ln 2 in two parts, so that r is exact); e^r by the polynomial of
    // Cephes' expf (Moshier), whose relative error is below 2e-7. Inputs are within [floor, 0], so 2^n is an exponent field.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Exp(Vector256<float> d)
    {
        // Adding 1.5 * 2^23 leaves the rounded integer in the low mantissa bits.
        var shifter = Vector256.Create(12582912f);
        var shifted = Vector256.MultiplyAddEstimate(d, Vector256.Create(1.44269504f), shifter);
        var n = shifted - shifter;
        var r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-0.693359375f), d);
        r = Vector256.MultiplyAddEstimate(n, Vector256.Create(2.12194440e-4f), r);
        var p = Vector256.Create(1.9875691500e-4f);
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(1.3981999507e-3f));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(8.3334519073e-3f));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(4.1665795894e-2f));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(1.6666665459e-1f));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(5.0000001201e-1f));
        p = Vector256.MultiplyAddEstimate(p, r * r, r + Vector256<float>.One);
        var power = (Vector256.ShiftLeft(shifted.AsInt32(), 23) + Vector256.Create(127 << 23)).AsSingle();
        return p * power;
    }
}
