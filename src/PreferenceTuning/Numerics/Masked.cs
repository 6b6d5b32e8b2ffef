using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>
/// Reductions over the kept positions of a tensor. Masks are bool, true = keep, of the same shape as the values; what lies outside the
/// mask (padding, NaN, infinity) never reaches a result or a gradient.
/// </summary>
public static class Masked
{
    /// <summary>The sum over all kept positions.</summary>
    /// <param name="x">Any shape, floating point.</param>
    /// <param name="mask">The shape of <paramref name="x"/>, bool, true = keep.</param>
    /// <returns>A scalar; 0 where nothing is kept.</returns>
    public static Tensor Sum(Tensor x, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return Kept(x, mask).sum().MoveToOuterDisposeScope();
    }

    /// <summary>The sum over the kept positions of one dimension, for example [B, T] and 1 to [B].</summary>
    /// <param name="x">Any shape, floating point.</param>
    /// <param name="mask">The shape of <paramref name="x"/>, bool, true = keep.</param>
    /// <param name="dim">The dimension that disappears.</param>
    /// <returns>One dimension less; 0 where nothing is kept.</returns>
    public static Tensor Sum(Tensor x, Tensor mask, long dim)
    {
        using var scope = NewDisposeScope();
        return Kept(x, mask).sum(dim).MoveToOuterDisposeScope();
    }

    /// <summary>Values at their places in a tensor, zeros elsewhere.</summary>
    /// <param name="values">[N].</param>
    /// <param name="places">[N] int64 into the flattened result, each once.</param>
    /// <param name="shape">The result's.</param>
    internal static Tensor Place(Tensor values, Tensor places, long[] shape)
    {
        using var scope = NewDisposeScope();
        var count = shape.Aggregate(1L, (product, size) => product * size);
        return zeros(count, dtype: values.dtype, device: values.device).index_copy(0, places, values).view(shape).MoveToOuterDisposeScope();
    }

    /// <summary>The mean over all kept positions.</summary>
    /// <param name="x">Any shape, floating point.</param>
    /// <param name="mask">The shape of <paramref name="x"/>, bool, true = keep.</param>
    /// <returns>A scalar; 0 where nothing is kept (an empty response contributes nothing rather than NaN).</returns>
    public static Tensor Mean(Tensor x, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return (Kept(x, mask).sum() / mask.sum().clamp(min: 1).to(x.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The mean over the kept positions of one dimension, for example [B, T] and 1 to [B].</summary>
    /// <param name="x">Any shape, floating point.</param>
    /// <param name="mask">The shape of <paramref name="x"/>, bool, true = keep.</param>
    /// <param name="dim">The dimension that disappears.</param>
    /// <returns>One dimension less; 0 where nothing is kept (an empty response contributes nothing rather than NaN).</returns>
    public static Tensor Mean(Tensor x, Tensor mask, long dim)
    {
        using var scope = NewDisposeScope();
        return (Kept(x, mask).sum(dim) / mask.sum(dim).clamp(min: 1).to(x.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>The variance over all kept positions.</summary>
    /// <param name="x">Any shape, floating point.</param>
    /// <param name="mask">The shape of <paramref name="x"/>, bool, true = keep.</param>
    /// <param name="unbiased">
    /// True: divided by n - 1 (Bessel; TRL's <c>masked_var</c>). False: divided by n (population variance; Ziegler et al. 2019).
    /// </param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">Nothing is kept, or only one position of an unbiased variance.</exception>
    public static Tensor Variance(Tensor x, Tensor mask, bool unbiased)
    {
        using var scope = NewDisposeScope();
        var (centered, count) = Centered(x, mask, atLeast: unbiased ? 2 : 1);
        return Spread(centered, count, unbiased).MoveToOuterDisposeScope();
    }

    /// <summary><c>x - mean</c>: the mean over the kept positions becomes 0.</summary>
    /// <param name="x">Any shape, floating point.</param>
    /// <param name="mask">The shape of <paramref name="x"/>, bool, true = keep.</param>
    /// <returns>The shape of <paramref name="x"/>; 0 outside the mask.</returns>
    /// <exception cref="ArgumentException">Nothing is kept.</exception>
    public static Tensor Center(Tensor x, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return Centered(x, mask, atLeast: 1).Values.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <c>(x - mean) / sqrt(variance + epsilon)</c> over the kept positions, the "whitening" of Ziegler et al. 2019 (population
    /// variance) and of TRL (unbiased).
    /// </summary>
    /// <param name="x">Any shape, floating point.</param>
    /// <param name="mask">The shape of <paramref name="x"/>, bool, true = keep.</param>
    /// <param name="unbiased">Which variance: see <see cref="Variance"/>.</param>
    /// <param name="epsilon">
    /// Added to the variance, inside the root, in squared units of <paramref name="x"/>; 1e-8 in both sources.
    /// </param>
    /// <returns>The shape of <paramref name="x"/>; 0 outside the mask.</returns>
    /// <exception cref="ArgumentException">Nothing is kept, or only one position of an unbiased variance.</exception>
    public static Tensor Standardize(Tensor x, Tensor mask, bool unbiased, double epsilon = 1e-8)
    {
        using var scope = NewDisposeScope();
        var (centered, count) = Centered(x, mask, atLeast: unbiased ? 2 : 1);
        return (centered * InverseRoot(centered, count, unbiased, epsilon)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <c>(x - mean) / sqrt(variance + epsilon) + mean</c> over the kept positions: the spread becomes 1 and the mean stays (whitening
    /// with <c>shift_mean = false</c> in Ziegler et al. 2019 and TRL; both use it on rewards).
    /// </summary>
    /// <param name="x">Any shape, floating point.</param>
    /// <param name="mask">The shape of <paramref name="x"/>, bool, true = keep.</param>
    /// <param name="unbiased">Which variance: see <see cref="Variance"/>.</param>
    /// <param name="epsilon">
    /// Added to the variance, inside the root, in squared units of <paramref name="x"/>; 1e-8 in both sources.
    /// </param>
    /// <returns>The shape of <paramref name="x"/>; 0 outside the mask.</returns>
    /// <exception cref="ArgumentException">Nothing is kept, or only one position of an unbiased variance.</exception>
    public static Tensor ScaleToUnitVariance(Tensor x, Tensor mask, bool unbiased, double epsilon = 1e-8)
    {
        using var scope = NewDisposeScope();
        var mean = Mean(x, mask);
        var (centered, count) = Centered(x, mask, atLeast: unbiased ? 2 : 1);
        var scaled = (centered * InverseRoot(centered, count, unbiased, epsilon)) + mean;
        return scaled.masked_fill(mask.logical_not(), 0).MoveToOuterDisposeScope();
    }

    /// <summary>The position of the first true of each row, or the row's width where there is none.</summary>
    /// <param name="flags">[B, T] bool.</param>
    /// <returns>[B] int64.</returns>
    public static Tensor FirstTrue(Tensor flags)
    {
        Check.Rank(flags, 2);
        Check.Mask(flags);
        using var scope = NewDisposeScope();
        var width = flags.shape[1];
        var positions = arange(width, ScalarType.Int64, flags.device).expand(flags.shape);
        var sentinel = full_like(positions, width);
        return where(flags, positions, sentinel).amin([1]).MoveToOuterDisposeScope();
    }

    /// <summary>The position of the last true of each row, or -1 where there is none.</summary>
    /// <param name="flags">[B, T] bool.</param>
    /// <returns>[B] int64.</returns>
    public static Tensor LastTrue(Tensor flags)
    {
        Check.Rank(flags, 2);
        Check.Mask(flags);
        using var scope = NewDisposeScope();
        var positions = arange(flags.shape[1], ScalarType.Int64, flags.device).expand(flags.shape);
        return where(flags, positions, full_like(positions, -1)).amax([1]).MoveToOuterDisposeScope();
    }

    private static Tensor Kept(Tensor x, Tensor mask)
    {
        Check.FloatingPoint(x);
        Check.Mask(mask);
        Check.SameShape(mask, x);
        return x.masked_fill(mask.logical_not(), 0);
    }

    private static (Tensor Values, long Count) Centered(Tensor x, Tensor mask, long atLeast)
    {
        var kept = Kept(x, mask);
        var count = mask.sum().item<long>();
        if (count < atLeast)
        {
            throw new ArgumentException(
                $"'mask' of shape {Check.Shape(mask)} keeps {count} position{(count == 1 ? "" : "s")}; at least {atLeast} "
                + "are needed here: use a larger batch, or drop what is empty before.",
                nameof(mask));
        }

        var mean = kept.sum() / count;
        return ((kept - mean).masked_fill(mask.logical_not(), 0), count);
    }

    private static Tensor Spread(Tensor centered, long count, bool unbiased) =>
        centered.square().sum() / (unbiased ? count - 1 : count);

    private static Tensor InverseRoot(Tensor centered, long count, bool unbiased, double epsilon) =>
        (Spread(centered, count, unbiased) + epsilon).rsqrt();
}
