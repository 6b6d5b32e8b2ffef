using NUnit.Framework;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>The weighted sum whose weights are known before its log-probs, with the CPU loop and with torch operators.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class WeightedLogProbsTests(bool operators)
{
    private SoftmaxPath _path = null!;

    [SetUp]
    public void Open() => _path = new SoftmaxPath(operators);

    [TearDown]
    public void Close() => _path.Close();

    [TestCase(2)]
    [TestCase(5)]
    public void A_weighted_sum_has_the_gradients_of_finite_differences(long chunkRows)
    {
        var hidden = randn(5, 4, dtype: ScalarType.Float64).requires_grad_();
        var weight = randn(9, 4, dtype: ScalarType.Float64).requires_grad_();
        var bias = randn(9, dtype: ScalarType.Float64).requires_grad_();
        var (targets, weights) = (tensor(new[] { 0L, 8L, 3L, 3L, 1L }), randn(5, dtype: ScalarType.Float64));
        FiniteDifferences.Check(
            () => TokenLogProbs.WeightedSumFromHidden(hidden, new OutputHead(weight, bias, 3), targets, weights, 0.9, chunkRows).Sum.square(),
            hidden, weight, bias);
    }

    [TestCase(ScalarType.Float32, 1e-5)]
    [TestCase(ScalarType.BFloat16, 3e-2)]
    public void A_weighted_sum_equals_the_sum_of_weighted_log_probs(ScalarType type, double tolerance)
    {
        var targets = randint(0, 50, [12], dtype: ScalarType.Int64);
        var (initialHidden, initialWeight, weights) = (randn([12, 8], dtype: type), randn([50, 8], dtype: type), rand(12));
        List<Tensor> Run(Func<Tensor, OutputHead, Tensor> objective)
        {
            var (hidden, weight) = (initialHidden.clone().requires_grad_(), initialWeight.clone().requires_grad_());

            // Twice, so that the second gradient is added to the first.
            CheckedBackward.Run(objective(hidden, new OutputHead(weight)));
            CheckedBackward.Run(2 * objective(hidden, new OutputHead(weight)));
            return [hidden.grad!, weight.grad!];
        }

        var expected = Run((hidden, head) => (TokenLogProbs.FromHidden(hidden, head, targets).LogProbs * weights).sum());
        var got = Run((hidden, head) => TokenLogProbs.WeightedSumFromHidden(hidden, head, targets, weights, 1, chunkRows: 5).Sum);
        foreach (var (x, y) in got.Zip(expected))
        {
            TokenLogProbsRun.Close(x, y, tolerance, tolerance);
        }

        var (parts, whole) = (
            TokenLogProbs.WeightedSumFromHidden(initialHidden, new OutputHead(initialWeight), targets, weights),
            TokenLogProbs.FromHidden(initialHidden, new OutputHead(initialWeight), targets));
        TokenLogProbsRun.Close(parts.LogProbs, whole.LogProbs, 1e-6, 0);
        TokenLogProbsRun.Close(parts.Entropies, whole.Entropies, 1e-6, 0);
        Assert.That(parts.LogProbs.requires_grad, Is.False);
    }

    [Test]
    public void A_weighted_sum_refuses_a_second_backward_pass()
    {
        var weight = randn(5, 3).requires_grad_();
        var sum = TokenLogProbs.WeightedSumFromHidden(randn(2, 3), new OutputHead(weight), tensor(new[] { 1L, 2L }), ones(2)).Sum;
        autograd.backward([sum], retain_graph: true);
        Assert.That(() => CheckedBackward.Run(sum), Throws.Exception.With.Message.Contains("inplace"));
    }

    [Test]
    public void Weights_that_require_a_gradient_are_refused() => Assert.That(
        () => TokenLogProbs.WeightedSumFromHidden(zeros(1, 4), new OutputHead(zeros(5, 4)), tensor(new[] { 0L }), ones(1).requires_grad_()),
        Throws.ArgumentException.With.Message.Contains("'weights' requires a gradient"));
}
