using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Losses;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Losses;

public sealed class PolicyAndValueLossesTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    // Clip 0.2. Ratio e^-1 = 0.3678794, e^0 = 1, e^1 = 2.7182818.
    [TestCase(-1, 1, -0.3678794, false)] // worse and good: -1 * 0.3678794 is the larger loss, unclipped
    [TestCase(-1, -1, 0.8, true)] // already less probable and bad: stops at 0.8
    [TestCase(1, 1, -1.2, true)] // already more probable and good: stops at 1.2
    [TestCase(1, -1, 2.7182818, false)] // more probable and bad: the whole ratio
    [TestCase(0, 3, -3, false)]
    public void The_clipped_surrogate_by_hand(double logRatio, double advantage, double expected, bool isClipped)
    {
        var logProbs = tensor(new[,] { { -1 + logRatio } }).requires_grad_();

        var result = PolicyLosses.PpoClipped(logProbs, tensor(new double[,] { { -1 } }), tensor(new[,] { { advantage } }), Kept(1), 0.2);
        result.Losses.sum().backward();

        Assert.That(result.Losses.item<double>(), Is.EqualTo(expected).Within(1e-6));
        Assert.That(result.IsClipped.item<bool>(), Is.EqualTo(isClipped));
        Assert.That(result.LogRatios.item<double>(), Is.EqualTo(logRatio).Within(1e-12));
        Assert.That(logProbs.grad!.item<double>(), Is.EqualTo(isClipped ? 0 : expected).Within(1e-6), "a clipped token has no gradient");
    }

    // Clip 0.2 around the old value 1; return 2.
    [TestCase(1.1, 0.405, false)] // within: 1/2 (1.1 - 2)^2
    [TestCase(1.9, 0.32, true)] // moved by 0.9: counted as 1.2, 1/2 (1.2 - 2)^2
    [TestCase(0.5, 1.125, false)] // moved away: the larger error is the plain one, 1/2 (0.5 - 2)^2
    public void The_clipped_value_loss_by_hand(double value, double expected, bool isClipped)
    {
        var values = tensor(new[,] { { value } }).requires_grad_();

        var result = ValueLosses.Clipped(values, tensor(new double[,] { { 1 } }), tensor(new double[,] { { 2 } }), Kept(1), 0.2);
        result.Losses.sum().backward();

        Assert.That(result.Losses.item<double>(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(result.IsClipped.item<bool>(), Is.EqualTo(isClipped));
        Assert.That(values.grad!.item<double>(), Is.EqualTo(isClipped ? 0 : value - 2).Within(1e-12));
    }

    [Test]
    public void An_infinite_clip_range_is_half_the_squared_error()
    {
        var result = ValueLosses.Clipped(
            tensor(new double[,] { { 5, -3 } }), tensor(new double[,] { { 0, 0 } }), tensor(new double[,] { { 1, 1 } }), Kept(2), double.PositiveInfinity);

        Assert.That(result.Losses.data<double>().ToArray(), Is.EqualTo([8.0, 8.0]), "1/2 * 4^2 twice");
        Assert.That(result.IsClipped.any().item<bool>(), Is.False);
    }

    [Test]
    public void In_the_first_epoch_the_gradient_is_the_policy_gradient()
    {
        var logProbs = tensor(new[,] { { -1.5, -0.25 } }).requires_grad_();
        var advantages = tensor(new double[,] { { 2, -3 } });

        PolicyLosses.PpoClipped(logProbs, logProbs, advantages, Kept(2), 0.2).Losses.sum().backward();

        Assert.That(
            logProbs.grad!.data<double>().ToArray(), Is.EqualTo([-2.0, 3.0]), "minus the advantage: the old log-probs carry no gradient");
    }

    [Test]
    public void Gradients_agree_with_finite_differences()
    {
        var old = tensor(new[,] { { -1.0, -2.0, -0.5 }, { -3.0, -0.1, -1.2 } });
        var advantages = tensor(new[,] { { 1.5, -0.7, 2.0 }, { -1.1, 0.4, 0.9 } });
        var mask = tensor(new[,] { { true, true, false }, { true, true, true } });
        var current = tensor(new[,] { { -0.9, -2.6, -0.4 }, { -2.4, -0.25, -1.3 } });
        GradientCheck.Agrees(inputs => PolicyLosses.PpoClipped(inputs[0], old, advantages, mask, 0.2).Losses, current);
        GradientCheck.Agrees(inputs => ValueLosses.Clipped(inputs[0], old, advantages, mask, 0.2).Losses, current);
    }

    [Test]
    public void Padding_may_hold_anything()
    {
        var mask = tensor(new[,] { { true, false, false } });
        var current = tensor(new[,] { { -1f, 500f, float.NaN } }).requires_grad_();
        var old = tensor(new[,] { { -1.5f, -500f, 0f } });
        var other = tensor(new[,] { { 2f, float.NaN, float.PositiveInfinity } });
        var policy = PolicyLosses.PpoClipped(current, old, other, mask, 0.2);
        var value = ValueLosses.Clipped(current, old, other, mask, 0.2);
        (policy.Losses.sum() + value.Losses.sum()).backward();

        Assert.That(policy.Losses.data<float>().ToArray()[1..], Is.EqualTo([0f, 0f]));
        Assert.That(value.Losses.data<float>().ToArray()[1..], Is.EqualTo([0f, 0f]));
        Assert.That(policy.IsClipped.data<bool>().ToArray()[1..], Is.EqualTo([false, false]));
        Assert.That(current.grad!.data<float>().ToArray()[1..], Is.EqualTo([0f, 0f]), "no NaN from the exponential of padding");
        Assert.That(float.IsFinite(current.grad!.data<float>()[0]), Is.True);
    }

    [Test]
    public void The_surrogate_is_never_below_the_plain_one() =>
        Gen.Select(Gen.Double[-3, 3], Gen.Double[-5, 5], Gen.Double[0.01, 0.9]).Sample((logRatio, advantage, clip) =>
        {
            using var scope = NewDisposeScope();
            var loss = PolicyLosses.PpoClipped(
                tensor(new[,] { { logRatio } }), tensor(new double[,] { { 0 } }), tensor(new[,] { { advantage } }), Kept(1), clip).Losses.item<double>();
            return loss >= (-advantage * Math.Exp(logRatio)) - 1e-12;
        }, threads: 1);

    [Test]
    public void Wrong_arguments_are_named()
    {
        var (two, three) = (zeros(1, 2), zeros(1, 3));
        Assert.That(
            () => PolicyLosses.PpoClipped(two, three, two, Kept(2), 0.2),
            Throws.ArgumentException.With.Message.Contains("'oldLogProbs' has shape [1, 3]"));
        Assert.That(
            () => PolicyLosses.PpoClipped(two, two, two, two, 0.2), Throws.ArgumentException.With.Message.Contains("masks are bool"));
        Assert.That(
            () => ValueLosses.Clipped(two, two, three, Kept(2), 0.2),
            Throws.ArgumentException.With.Message.Contains("'returns' has shape [1, 3]"));
        Assert.That(() => ValueLosses.Clipped(two, two, two, Kept(2), 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static Tensor Kept(long width) => ones(1, width, ScalarType.Bool);
}
