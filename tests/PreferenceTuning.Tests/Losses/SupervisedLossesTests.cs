using NUnit.Framework;
using PreferenceTuning.Losses;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Losses;

public sealed class SupervisedLossesTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    [Test]
    public void Tokens_by_hand_and_padding_may_hold_anything()
    {
        var logProbs = tensor(new[,] { { Math.Log(0.5), Math.Log(0.25), double.NaN, double.NegativeInfinity } }).requires_grad_();
        var mask = tensor(new[,] { { true, true, false, false } });
        var likelihood = SupervisedLosses.NegativeLogLikelihood(logProbs, mask);
        var dft = SupervisedLosses.Dft(logProbs, mask);

        Assert.That(likelihood.data<double>().ToArray(), Is.EqualTo([Math.Log(2), Math.Log(4), 0, 0]).Within(1e-12));
        Assert.That(dft.data<double>().ToArray(), Is.EqualTo([Math.Log(2) / 2, Math.Log(4) / 4, 0, 0]).Within(1e-12));
        (likelihood.sum() + dft.sum()).backward();
        Assert.That(
            logProbs.grad!.data<double>().ToArray(), Is.EqualTo([-1.5, -1.25, 0, 0]).Within(1e-12), "-1 - p: p carries no gradient");
    }

    [Test]
    public void The_gradient_of_the_likelihood_agrees_with_finite_differences() => GradientCheck.Agrees(
        inputs => SupervisedLosses.NegativeLogLikelihood(inputs[0], tensor(new[,] { { true, false, true } })),
        tensor(new[,] { { -0.5, -2.0, -1.0 } }));

    [Test]
    public void Wrong_arguments_are_named()
    {
        Assert.That(
            () => SupervisedLosses.Dft(zeros(2), ones(2, ScalarType.Bool)),
            Throws.ArgumentException.With.Message.Contains("'logProbs' has shape [2]"));
        Assert.That(
            () => SupervisedLosses.Dft(zeros(1, 2), ones(1, 3, ScalarType.Bool)),
            Throws.ArgumentException.With.Message.Contains("'mask' has shape [1, 3]"));
    }
}
