using NUnit.Framework;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace PreferenceTuning.Tests.Numerics;

public sealed class CheckedBackwardTests
{
    [Test]
    public void What_a_backward_function_throws_comes_out_of_the_checked_call()
    {
        using var scope = NewDisposeScope();
        var x = ones(2).requires_grad_();
        Assert.That(
            () => CheckedBackward.Run(Failing.apply(x).sum()), Throws.InvalidOperationException.With.Message.EqualTo("no gradient today"));
        Assert.That(() => CheckedBackward.Run(x.sum()), Throws.Nothing, "the exception is thrown once");
    }

    [Test]
    public void The_functions_before_the_one_that_throws_get_no_gradient_and_the_process_goes_on()
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (ones(3, 8).requires_grad_(), ones(4, 8).requires_grad_());
        var table = ones(5, 8).requires_grad_();
        var head = new OutputHead(ones(6, 8).requires_grad_());
        var (indices, targets) = (arange(3), zeros(3, dtype: ScalarType.Int64));
        Func<Tensor>[] functions =
        [
            () => MatrixProducts.Linear(x, weight),
            () => LookupFunction.Apply(table, indices),
            () => ActivatedLinear.Apply(x, x, Nonlinearity.Silu, weight, null, transposed: false),
            () => TokenLogProbs.FromLogits(x, targets).LogProbs,
            () => TokenLogProbs.FromHidden(x, head, targets).LogProbs,
            () => TokenLogProbs.WeightedSumFromHidden(x, head, targets, ones(3)).Sum,
            () => ExactKl.FromHidden(x, head, x.detach(), head),
        ];
        foreach (var function in functions)
        {
            var between = function();
            Assert.That(
                () => CheckedBackward.Run(Failing.apply(between).sum()), Throws.InvalidOperationException.With.Message.EqualTo("no gradient today"));
        }

        Assert.That(new[] { x, weight, table, head.Weight }.Select(tensor => tensor.grad is null), Is.All.True);
    }

    [Test]
    public void After_a_plain_backward_the_next_optimizer_step_throws_it()
    {
        using var scope = NewDisposeScope();
        Failing.apply(ones(2).requires_grad_()).sum().backward();
        Assert.That(
            () => FusedOperators.AdamWStep([], [], [], [], [], new AdamWCoefficients(1, 0.9, 0.9, 1e-8, 0)),
            Throws.InvalidOperationException.With.Message.EqualTo("no gradient today"));
    }

    [Test]
    public void A_loss_that_is_no_scalar_is_named()
    {
        using var scope = NewDisposeScope();
        Assert.That(
            () => CheckedBackward.Run(ones(2).requires_grad_()), Throws.ArgumentException.With.Message.Contains("'loss' has shape [2]"));
    }

    [Test]
    public void A_graph_is_used_once()
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (ones(3, 4).requires_grad_(), ones(2, 4).requires_grad_());
        var loss = MatrixProducts.Linear(x, weight).sum();
        CheckedBackward.Run(loss);
        Assert.That(() => CheckedBackward.Run(loss), Throws.InvalidOperationException.With.Message.Contains("has used this graph"));
    }

    [Test]
    public void A_plain_backward_may_retain_the_graph()
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (ones(3, 4).requires_grad_(), ones(2, 4).requires_grad_());
        var loss = MatrixProducts.Linear(x, weight).sum();
        loss.backward(retain_graph: true);
        loss.backward();

        // 3 rows of ones, twice; and 2 outputs, twice.
        Assert.That(weight.grad!.data<float>(), Is.All.EqualTo(6f));
        Assert.That(x.grad!.data<float>(), Is.All.EqualTo(4f));
    }

    private sealed class Failing : SingleTensorFunction<Failing>
    {
        public override string Name => nameof(Failing);

        public override Tensor forward(AutogradContext ctx, params object[] vars)
        {
            CheckedBackward.Accept(ctx);
            return ((Tensor)vars[0]).clone();
        }

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
            CheckedBackward.Guard(ctx, 1, grad_output, () => throw new InvalidOperationException("no gradient today"));
    }
}
