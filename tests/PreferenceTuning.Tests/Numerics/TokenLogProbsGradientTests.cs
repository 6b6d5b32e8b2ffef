using NUnit.Framework;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>Gradients of log-probs and entropies, with the CPU loop and with torch operators.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class TokenLogProbsGradientTests(bool operators)
{
    private SoftmaxPath _path = null!;

    [SetUp]
    public void Open() => _path = new SoftmaxPath(operators);

    [TearDown]
    public void Close() => _path.Close();

    [Test]
    public void Gradients_of_logits_match_finite_differences()
    {
        var logits = (randn(3, 7, dtype: ScalarType.Float64) * 2).requires_grad_();
        var targets = tensor(new[] { 0L, 6L, 3L });
        var (a, b) = (randn(3, dtype: ScalarType.Float64), randn(3, dtype: ScalarType.Float64));
        FiniteDifferences.Check(
            () =>
            {
                var result = TokenLogProbs.FromLogits(logits, targets, temperature: 0.7);
                return ((result.LogProbs * a).sum() + (result.Entropies * b).sum()).square();
            },
            logits);
    }

    [TestCase(null, false)]
    [TestCase(null, true)]
    [TestCase(2.0, true)]
    public void Gradients_of_hidden_states_and_head_match_finite_differences(double? softCap, bool withBias)
    {
        var hidden = randn(5, 4, dtype: ScalarType.Float64).requires_grad_();
        var weight = randn(9, 4, dtype: ScalarType.Float64).requires_grad_();
        var bias = withBias ? randn(9, dtype: ScalarType.Float64).requires_grad_() : null;
        var head = new OutputHead(weight, bias, softCap);
        var targets = tensor(new[] { 0L, 8L, 3L, 3L, 1L });
        var (a, b) = (randn(5, dtype: ScalarType.Float64), randn(5, dtype: ScalarType.Float64));
        FiniteDifferences.Check(
            () =>
            {
                var result = TokenLogProbs.FromHidden(hidden, head, targets, temperature: 1.3, chunkRows: 2);
                return (result.LogProbs * a).sum() + (result.Entropies * b).sum();
            },
            bias is null ? [hidden, weight] : [hidden, weight, bias]);
    }

    [Test]
    public void A_tied_weight_collects_the_gradients_of_both_its_uses()
    {
        // An embedding row that is also a head row: the gradient is the sum of what each use alone gives.
        var targets = tensor(new[] { 1L, 2L });
        Tensor Loss(Tensor embedding, Tensor head) =>
            TokenLogProbs.FromHidden(embedding.index_select(0, tensor(new[] { 0L, 2L })), new OutputHead(head), targets, 1, chunkRows: 1).LogProbs.sum();

        var initial = randn(4, 3, dtype: ScalarType.Float64);
        var (embedding, head, tied) = (
            initial.clone().requires_grad_(), initial.clone().requires_grad_(), initial.clone().requires_grad_());
        CheckedBackward.Run(Loss(embedding, head));
        CheckedBackward.Run(Loss(tied, tied));
        TokenLogProbsRun.Close(tied.grad!, embedding.grad! + head.grad!, 1e-14, 1e-12);
    }

    [Test]
    public void Gradients_of_micro_batches_add_up()
    {
        var hidden = randn(6, 3, dtype: ScalarType.Float64);
        var targets = tensor(new[] { 0L, 1L, 2L, 3L, 4L, 0L });
        var initial = randn(5, 3, dtype: ScalarType.Float64);
        var (whole, parts) = (initial.clone().requires_grad_(), initial.clone().requires_grad_());
        CheckedBackward.Run(TokenLogProbs.FromHidden(hidden, new OutputHead(whole), targets).LogProbs.sum());
        for (var start = 0; start < 6; start += 2)
        {
            CheckedBackward.Run(
                TokenLogProbs.FromHidden(hidden.narrow(0, start, 2), new OutputHead(parts), targets.narrow(0, start, 2)).LogProbs.sum());
        }

        TokenLogProbsRun.Close(parts.grad!, whole.grad!, 1e-14, 1e-12);
    }

    [Test]
    public void A_weight_that_is_no_leaf_gets_its_gradient_through_autograd()
    {
        var leaf = randn(5, 3, dtype: ScalarType.Float64).requires_grad_();
        var hidden = randn(2, 3, dtype: ScalarType.Float64).requires_grad_();
        FiniteDifferences.Check(
            () => TokenLogProbs.FromHidden(hidden, new OutputHead(leaf.sin()), tensor(new[] { 4L, 0L })).LogProbs.sum(), leaf, hidden);
    }

    [Test]
    public void A_second_backward_over_a_retained_graph_gives_the_same_gradient()
    {
        var hidden = randn(4, 3, dtype: ScalarType.Float64).requires_grad_();
        var loss = TokenLogProbs.FromHidden(hidden, new OutputHead(randn(5, 3, dtype: ScalarType.Float64)), tensor(new[] { 1L, 2L, 3L, 4L })).LogProbs.sum();
        autograd.backward([loss], retain_graph: true);
        var first = hidden.grad!.clone();
        hidden.grad = null;
        CheckedBackward.Run(loss);
        TokenLogProbsRun.Close(hidden.grad!, first, 0, 0);
    }
}
