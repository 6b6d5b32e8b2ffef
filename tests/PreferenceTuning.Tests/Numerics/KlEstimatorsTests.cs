using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Numerics;
using PreferenceTuning.Tests.Losses;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

public sealed class KlEstimatorsTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    [Test]
    public void Estimators_by_hand()
    {
        var (policy, reference) = (tensor([-1.0]), tensor([-2.0]));

        Assert.That(KlEstimators.K1(policy, reference).item<double>(), Is.EqualTo(1));
        Assert.That(KlEstimators.K2(policy, reference).item<double>(), Is.EqualTo(0.5));
        Assert.That(KlEstimators.K3(policy, reference).item<double>(), Is.EqualTo(Math.Exp(-1)).Within(1e-15), "e^-1 - 1 + 1");
        Assert.That(KlEstimators.K3(reference, policy).item<double>(), Is.EqualTo(Math.E - 2).Within(1e-15), "e - 1 - 1");
    }

    [Test]
    public void The_exact_value_by_hand_and_with_excluded_tokens()
    {
        // pi = (1/2, 1/2, 0), ref = (1/4, 1/4, 1/2): KL = log 2.
        var policy = tensor([0, 0, double.NegativeInfinity]).requires_grad_();
        var reference = tensor([0, 0, Math.Log(2)]);
        var exact = KlEstimators.Exact(policy, reference);
        exact.backward();

        Assert.That(exact.item<double>(), Is.EqualTo(Math.Log(2)).Within(1e-12));
        Assert.That(policy.grad!.isfinite().all().item<bool>(), Is.True);
        Assert.That(
            KlEstimators.Exact(reference, policy.detach()).item<double>(), Is.EqualTo(double.PositiveInfinity),
            "the reference excludes a token");
    }

    [Test]
    public void The_exact_value_of_16_bit_logits_loses_nothing_but_their_own_rounding()
    {
        var (policy, reference) = (randn(2, 3, 1000).to(ScalarType.BFloat16), randn(2, 3, 1000).to(ScalarType.BFloat16));
        var wide = KlEstimators.Exact(policy.to(ScalarType.Float64), reference.to(ScalarType.Float64));
        Assert.That(wide.shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That((KlEstimators.Exact(policy, reference).to(ScalarType.Float64) - wide).abs().max().item<double>(), Is.LessThan(1e-5));
    }

    [Test]
    public void Over_the_whole_distribution_k1_and_k3_are_unbiased()
    {
        var (logits, refLogits) = (tensor([0.3, -1.2, 2.0, 0.1]), tensor([1.0, 0.4, -0.5, 0.2]));
        var (policy, reference) = (nn.functional.log_softmax(logits, 0), nn.functional.log_softmax(refLogits, 0));
        var exact = KlEstimators.Exact(logits, refLogits).item<double>();

        Assert.That((policy.exp() * KlEstimators.K1(policy, reference)).sum().item<double>(), Is.EqualTo(exact).Within(1e-12));
        Assert.That((policy.exp() * KlEstimators.K3(policy, reference)).sum().item<double>(), Is.EqualTo(exact).Within(1e-12));
    }

    [Test]
    public void K3_is_never_negative() => Gen.Double[-1e-3, 1e-3].Sample(
        difference =>
        {
            using var scope = NewDisposeScope();
            return KlEstimators.K3(tensor([difference], ScalarType.Float32), zeros(1)).item<float>() >= 0;
        },
        threads: 1);

    [Test]
    public void Gradients_agree_with_finite_differences_on_both_sides_of_the_series()
    {
        var (policy, reference) = (tensor([-1.0, -0.55, -2.0, -0.5, -3.0]), tensor([-1.0, -0.5, -1.0, -3.0, -3.099]));
        GradientCheck.Agrees(inputs => KlEstimators.K1(inputs[0], inputs[1]), policy, reference);
        GradientCheck.Agrees(inputs => KlEstimators.K2(inputs[0], inputs[1]), policy, reference);
        GradientCheck.Agrees(inputs => KlEstimators.K3(inputs[0], inputs[1]), policy, reference);
        GradientCheck.Agrees(inputs => KlEstimators.Exact(inputs[0], inputs[1]), policy.unsqueeze(0), reference.unsqueeze(0));
        GradientCheck.Agrees(inputs => LogSpace.Log1MinusExp(inputs[0]), policy);
    }

    [Test]
    public void Far_apart_log_probs_leave_a_gradient_that_is_not_NaN()
    {
        var policy = tensor(new[] { -5_000f, 0f }).requires_grad_();
        KlEstimators.K3(policy, tensor(new[] { 0f, -5_000f })).sum().backward();

        Assert.That(policy.grad!.isnan().any().item<bool>(), Is.False);
    }
}
