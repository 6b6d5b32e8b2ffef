using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

public sealed class MaskedTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    // Kept: 1, 3 | 5 | nothing.
    private static Tensor Values() => tensor(new[,] { { 1, 3, double.NaN }, { double.PositiveInfinity, 5, -7 }, { 9, double.NaN, 9 } });

    private static Tensor Mask() => tensor(new[,] { { true, true, false }, { false, true, false }, { false, false, false } });

    [Test]
    public void Sums_and_means_by_hand()
    {
        Assert.That(Masked.Sum(Values(), Mask()).item<double>(), Is.EqualTo(9));
        Assert.That(Numbers(Masked.Sum(Values(), Mask(), 1)), Is.EqualTo([4.0, 5, 0]));
        Assert.That(Masked.Mean(Values(), Mask()).item<double>(), Is.EqualTo(3));
        Assert.That(Numbers(Masked.Mean(Values(), Mask(), 1)), Is.EqualTo([2.0, 5, 0]), "an empty row is 0, not NaN");
        Assert.That(Numbers(Masked.Mean(Values(), Mask(), 0)), Is.EqualTo([1.0, 4, 0]));
        Assert.That(Masked.Mean(Values(), zeros_like(Mask())).item<double>(), Is.Zero);
    }

    [Test]
    public void Variance_and_scaling_by_hand()
    {
        // Kept 1, 3, 5: mean 3, squares 4 + 0 + 4; divided by 2 is 4, by 3 is 2.667.
        Assert.That(Masked.Variance(Values(), Mask(), unbiased: true).item<double>(), Is.EqualTo(4));
        Assert.That(Masked.Variance(Values(), Mask(), unbiased: false).item<double>(), Is.EqualTo(8.0 / 3).Within(1e-12));
        Assert.That(Numbers(Masked.Center(Values(), Mask())), Is.EqualTo([-2.0, 0, 0, 0, 2, 0, 0, 0, 0]));
        Assert.That(Numbers(Masked.Standardize(Values(), Mask(), true, 0)), Is.EqualTo([-1.0, 0, 0, 0, 1, 0, 0, 0, 0]).Within(1e-12));
        Assert.That(
            Numbers(Masked.Standardize(Values(), Mask(), true, epsilon: 12)), Is.EqualTo([-0.5, 0, 0, 0, 0.5, 0, 0, 0, 0]).Within(1e-12),
            "sqrt(4 + 12)");
        Assert.That(
            Numbers(Masked.ScaleToUnitVariance(Values(), Mask(), true, 0)), Is.EqualTo([2.0, 3, 0, 0, 4, 0, 0, 0, 0]).Within(1e-12));
    }

    [Test]
    public void Positions_of_the_first_and_last_true()
    {
        var flags = tensor(new[,] { { false, true, false, true }, { false, false, false, false }, { true, false, false, false } });

        Assert.That(Masked.FirstTrue(flags).data<long>().ToArray(), Is.EqualTo([1L, 4, 0]));
        Assert.That(Masked.LastTrue(flags).data<long>().ToArray(), Is.EqualTo([3L, -1, 0]));
    }

    [Test]
    public void What_is_masked_has_no_gradient_even_when_it_is_not_a_number()
    {
        var values = Values().requires_grad_();
        Masked.Mean(values, Mask()).backward();

        Assert.That(Numbers(values.grad!), Is.EqualTo([1 / 3.0, 1 / 3.0, 0, 0, 1 / 3.0, 0, 0, 0, 0]).Within(1e-12));
    }

    [Test]
    public void Padding_does_not_matter() =>
        Gen.Select(Gen.Double[-9, 9].Array[3, 8], Gen.Double[-1e3, 1e3]).Sample((kept, junk) =>
        {
            using var scope = NewDisposeScope();
            var plain = tensor(kept).unsqueeze(0);
            var padded = tensor([junk, .. kept, double.NaN]).unsqueeze(0);
            var all = ones_like(plain, ScalarType.Bool);
            var mask = cat([zeros(1, 1, ScalarType.Bool), all, zeros(1, 1, ScalarType.Bool)], 1);
            return Same(Masked.Mean(plain, all), Masked.Mean(padded, mask))
                && Same(Masked.Variance(plain, all, true), Masked.Variance(padded, mask, true))
                && Same(Masked.Standardize(plain, all, true), Masked.Standardize(padded, mask, true)[.., 1..^1]);
        }, threads: 1);

    [Test]
    public void Too_few_positions_and_wrong_masks_are_named()
    {
        Assert.That(
            () => Masked.Standardize(Values(), zeros_like(Mask()), false),
            Throws.ArgumentException.With.Message.Contains("keeps 0 positions; at least 1"));
        Assert.That(
            () => Masked.Variance(Values()[1], Mask()[1], unbiased: true),
            Throws.ArgumentException.With.Message.Contains("keeps 1 position; at least 2"));
        Assert.That(Masked.Variance(Values()[1], Mask()[1], unbiased: false).item<double>(), Is.Zero);
        Assert.That(() => Masked.Sum(Values(), Values()), Throws.ArgumentException.With.Message.Contains("masks are bool"));
        Assert.That(() => Masked.Sum(Values(), Mask()[0]), Throws.ArgumentException.With.Message.Contains("'mask' has shape [3]"));
    }

    private static bool Same(Tensor a, Tensor b) => (a - b).abs().max().item<double>() < 1e-9;

    private static double[] Numbers(Tensor tensor) => tensor.contiguous().data<double>().ToArray();
}
