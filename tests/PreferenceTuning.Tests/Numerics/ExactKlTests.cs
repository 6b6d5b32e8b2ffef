using NUnit.Framework;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

public sealed class ExactKlTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        random.manual_seed(9);
    }

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void Of_a_certain_coin_against_a_fair_one_is_ln_2()
    {
        // p = (1, 0), q = (1/2, 1/2): 1 ln 2 + 0.
        var p = tensor(new[,] { { 0.0, double.NegativeInfinity } }, requires_grad: true);
        var kl = ExactKl.FromLogits(p, tensor(new[,] { { 3.0, 3.0 } }));
        Assert.That(kl.item<double>(), Is.EqualTo(Math.Log(2)).Within(1e-14));
        CheckedBackward.Run(kl.sum());
        Assert.That(p.grad!.eq(0).all().ToBoolean(), "a certain outcome has no gradient, and none that is not a number");
    }

    [Test]
    public void Of_a_fair_coin_against_a_certain_one_is_infinite() =>
        Assert.That(
            ExactKl.FromLogits(tensor(new[,] { { 3.0, 3.0 } }), tensor(new[,] { { 0.0, double.NegativeInfinity } })).item<double>(),
            Is.EqualTo(double.PositiveInfinity));

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    public void Gradients_of_both_sides_match_finite_differences_at_any_chunk_size(long chunkRows)
    {
        var policy = Side(withBias: true);
        var reference = Side(withBias: false);
        var weights = randn(5, dtype: ScalarType.Float64);
        FiniteDifferences.Check(
            () => (ExactKl.FromHidden(policy.Hidden, policy.Head, reference.Hidden, reference.Head, 0.8, chunkRows) * weights).sum(),
            policy.Hidden, policy.Head.Weight, policy.Head.Bias!, reference.Hidden, reference.Head.Weight);
    }

    [Test]
    public void From_hidden_states_equals_from_logits()
    {
        var (policy, reference) = (Side(withBias: true), Side(withBias: false));
        Tensor Logits((Tensor Hidden, OutputHead Head) side) => nn.functional.linear(side.Hidden, side.Head.Weight, side.Head.Bias);
        var expected = ExactKl.FromLogits(Logits(policy), Logits(reference));
        var got = ExactKl.FromHidden(policy.Hidden, policy.Head, reference.Hidden, reference.Head, 1, chunkRows: 2);
        Assert.That((got - expected).abs().max().item<double>(), Is.LessThan(1e-13));
    }

    [Test]
    public void Entropy_is_ln_V_for_equal_logits_and_its_gradient_is_right()
    {
        Assert.That(Entropy.FromLogits(zeros(1, 8, dtype: ScalarType.Float64)).item<double>(), Is.EqualTo(Math.Log(8)).Within(1e-14));
        var side = Side(withBias: true);
        FiniteDifferences.Check(
            () => Entropy.FromHidden(side.Hidden, side.Head, 0.5).square().sum(), side.Hidden, side.Head.Weight, side.Head.Bias!);
    }

    private static (Tensor Hidden, OutputHead Head) Side(bool withBias)
    {
        Tensor Leaf(params long[] shape) => randn(shape, dtype: ScalarType.Float64).requires_grad_();
        return (Leaf(5, 3), new OutputHead(Leaf(7, 3), withBias ? Leaf(7) : null));
    }
}
