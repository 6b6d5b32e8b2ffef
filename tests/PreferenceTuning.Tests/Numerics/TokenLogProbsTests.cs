using NUnit.Framework;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>Every test runs with the CPU loop and with torch operators.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class TokenLogProbsTests(bool operators)
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open()
    {
        SoftmaxRows.OperatorsOnly = operators;
        _scope = NewDisposeScope();
        random.manual_seed(5);
    }

    [TearDown]
    public void Close()
    {
        SoftmaxRows.OperatorsOnly = false;
        _scope.Dispose();
    }

    [Test]
    public void A_fair_coin_has_log_prob_and_entropy_of_ln_2()
    {
        var result = TokenLogProbs.FromLogits(tensor(new[,] { { 3.0, 3.0 } }), tensor(new[] { 1L }));
        Assert.That(result.LogProbs.item<double>(), Is.EqualTo(-0.6931471805599453).Within(1e-14));
        Assert.That(result.Entropies.item<double>(), Is.EqualTo(0.6931471805599453).Within(1e-14));
    }

    [Test]
    public void Temperature_divides_the_logits()
    {
        // Logits (ln 9, 0) at temperature 2 are (ln 3, 0): probabilities 3/4 and 1/4.
        var result = TokenLogProbs.FromLogits(tensor(new[,] { { Math.Log(9), 0.0 } }), tensor(new[] { 0L }), temperature: 2);
        Assert.That(result.LogProbs.item<double>(), Is.EqualTo(Math.Log(0.75)).Within(1e-14));
        Assert.That(result.Entropies.item<double>(), Is.EqualTo(-(0.75 * Math.Log(0.75)) - (0.25 * Math.Log(0.25))).Within(1e-14));
    }

    [TestCase(ScalarType.Float32, 1e-6)]
    [TestCase(ScalarType.Float64, 1e-14)]
    public void Masked_vocabulary_stays_finite(ScalarType type, double tolerance)
    {
        // Two of many tokens are possible, with probabilities 1/4 and 3/4; the first blocks of the row are all masked.
        const int vocabulary = 5000;
        var logits = full(1, vocabulary, double.NegativeInfinity, dtype: type);
        logits[0, 4000] = 0.0;
        logits[0, 4999] = Math.Log(3);
        logits.requires_grad = true;
        var result = TokenLogProbs.FromLogits(logits, tensor(new[] { 4000L }));
        Assert.That(result.LogProbs.ToDouble(), Is.EqualTo(Math.Log(0.25)).Within(tolerance));
        Assert.That(result.Entropies.ToDouble(), Is.EqualTo(-(0.25 * Math.Log(0.25)) - (0.75 * Math.Log(0.75))).Within(tolerance));

        CheckedBackward.Run(result.LogProbs.sum() + (2 * result.Entropies.sum()));

        // d logp = (3/4, -3/4). dH = -p (log p + H): -1/4 (ln 1/4 + H), -3/4 (ln 3/4 + H), with H = 0.562335.
        var h = -(0.25 * Math.Log(0.25)) - (0.75 * Math.Log(0.75));
        Assert.That(logits.grad![0, 4000].ToDouble(), Is.EqualTo(0.75 - (2 * 0.25 * (Math.Log(0.25) + h))).Within(tolerance));
        Assert.That(logits.grad[0, 4999].ToDouble(), Is.EqualTo(-0.75 - (2 * 0.75 * (Math.Log(0.75) + h))).Within(tolerance));
        Assert.That(logits.grad.ne(0).sum().ToInt64(), Is.EqualTo(2), "masked tokens get exactly no gradient");
    }

    [TestCase(1e4)]
    [TestCase(1e30)]
    public void Huge_logits_do_not_overflow(double magnitude)
    {
        var logits = tensor(new[,] { { (float)magnitude, 0f, (float)-magnitude }, { (float)-magnitude, (float)-magnitude, (float)-magnitude } }, requires_grad: true);
        var result = TokenLogProbs.FromLogits(logits, tensor(new[] { 0L, 1L }));
        CheckedBackward.Run(result.LogProbs.sum() + result.Entropies.sum());
        Assert.That(result.LogProbs[0].ToDouble(), Is.EqualTo(0));
        Assert.That(result.Entropies[0].ToDouble(), Is.EqualTo(0));
        Assert.That(result.LogProbs[1].ToDouble(), Is.EqualTo(-Math.Log(3)).Within(1e-6));
        Assert.That(result.Entropies[1].ToDouble(), Is.EqualTo(Math.Log(3)).Within(1e-6));
        Assert.That(logits.grad!.isfinite().all().ToBoolean());
    }

    [Test]
    public void A_logit_that_is_not_a_number_shows_in_its_row_only()
    {
        var logits = zeros(2, 3000);
        logits[0, 0] = float.NaN;
        var result = TokenLogProbs.FromLogits(logits, tensor(new[] { 5L, 5L }));
        Assert.That(float.IsNaN(result.LogProbs[0].ToSingle()));
        Assert.That(result.LogProbs[1].ToSingle(), Is.EqualTo((float)-Math.Log(3000)).Within(1e-6));
    }

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

    // V - 1 = 2051 spans more than one block and ends in a part of a vector.
    [TestCase(1.0, null, false)]
    [TestCase(0.5, 30.0, true)]
    public void Float32_agrees_with_float64(double temperature, double? softCap, bool withBias)
    {
        var exact = Run(ScalarType.Float64, temperature, softCap, withBias, chunkRows: 8);
        var ours = Run(ScalarType.Float32, temperature, softCap, withBias, chunkRows: 8);
        foreach (var (got, expected) in ours.Zip(exact))
        {
            Close(got, expected, 1e-5, 5e-4);
        }
    }

    [Test]
    public void BFloat16_agrees_with_float64_to_its_own_precision()
    {
        var exact = Run(ScalarType.Float64, 1, null, withBias: true, chunkRows: 8, roundTo: ScalarType.BFloat16);
        var ours = Run(ScalarType.BFloat16, 1, null, withBias: true, chunkRows: 8, roundTo: ScalarType.BFloat16);
        Assert.That(ours[0].dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(ours[2].dtype, Is.EqualTo(ScalarType.BFloat16));
        foreach (var (got, expected) in ours.Zip(exact))
        {
            Close(got, expected, 3e-2, 5e-2);
        }
    }

    [Test]
    public void Logits_of_16_bits_lose_nothing_but_their_own_rounding([Values(ScalarType.BFloat16, ScalarType.Float16)] ScalarType type)
    {
        var logits = (randn(6, 40) * 3).to_type(type).requires_grad_();
        var exact = logits.detach().to_type(ScalarType.Float64).requires_grad_();
        var targets = tensor(new[] { 0L, 39L, 7L, 7L, 1L, 20L });
        var (got, expected) = (TokenLogProbs.FromLogits(logits, targets), TokenLogProbs.FromLogits(exact, targets));
        CheckedBackward.Run(got.LogProbs.sum() + got.Entropies.sum());
        CheckedBackward.Run(expected.LogProbs.sum() + expected.Entropies.sum());
        Close(got.LogProbs, expected.LogProbs, 2e-6, 0);
        Close(got.Entropies, expected.Entropies, 2e-6, 0);
        Assert.That(logits.grad!.dtype, Is.EqualTo(type));
        Close(logits.grad, exact.grad!, 1e-5, 5e-3);
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(64)]
    public void The_chunk_size_does_not_change_the_result(long chunkRows)
    {
        var whole = Run(ScalarType.Float64, 1.1, 20, withBias: true, chunkRows: 16);
        var parts = Run(ScalarType.Float64, 1.1, 20, withBias: true, chunkRows);
        foreach (var (got, expected) in parts.Zip(whole))
        {
            Close(got, expected, 1e-12, 1e-12);
        }
    }

    [Test]
    public void A_tied_weight_collects_the_gradients_of_both_its_uses()
    {
        // An embedding row that is also a head row: the gradient is the sum of what each use alone gives.
        var targets = tensor(new[] { 1L, 2L });
        Tensor Loss(Tensor embedding, Tensor head) =>
            TokenLogProbs.FromHidden(embedding.index_select(0, tensor(new[] { 0L, 2L })), new OutputHead(head), targets, 1, chunkRows: 1).LogProbs.sum();

        var initial = randn(4, 3, dtype: ScalarType.Float64);
        var (embedding, head, tied) = (initial.clone().requires_grad_(), initial.clone().requires_grad_(), initial.clone().requires_grad_());
        CheckedBackward.Run(Loss(embedding, head));
        CheckedBackward.Run(Loss(tied, tied));
        Close(tied.grad!, embedding.grad! + head.grad!, 1e-14, 1e-12);
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
            CheckedBackward.Run(TokenLogProbs.FromHidden(hidden.narrow(0, start, 2), new OutputHead(parts), targets.narrow(0, start, 2)).LogProbs.sum());
        }

        Close(parts.grad!, whole.grad!, 1e-14, 1e-12);
    }

    [Test]
    public void A_weight_that_is_no_leaf_gets_its_gradient_through_autograd()
    {
        var leaf = randn(5, 3, dtype: ScalarType.Float64).requires_grad_();
        var hidden = randn(2, 3, dtype: ScalarType.Float64).requires_grad_();
        FiniteDifferences.Check(() => TokenLogProbs.FromHidden(hidden, new OutputHead(leaf.sin()), tensor(new[] { 4L, 0L })).LogProbs.sum(), leaf, hidden);
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
        Close(hidden.grad!, first, 0, 0);
    }

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
            Close(x, y, tolerance, tolerance);
        }

        var (parts, whole) = (
            TokenLogProbs.WeightedSumFromHidden(initialHidden, new OutputHead(initialWeight), targets, weights),
            TokenLogProbs.FromHidden(initialHidden, new OutputHead(initialWeight), targets));
        Close(parts.LogProbs, whole.LogProbs, 1e-6, 0);
        Close(parts.Entropies, whole.Entropies, 1e-6, 0);
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

    [Test]
    public void Without_gradients_nothing_is_kept()
    {
        var (hidden, head, targets) = (randn(64, 8), new OutputHead(randn(300, 8)), zeros(64, dtype: ScalarType.Int64));
        var before = Tensor.TotalCount;
        for (var step = 0; step < 3; step++)
        {
            using var inner = NewDisposeScope();
            var result = TokenLogProbs.FromHidden(hidden, head, targets);
            Assert.That(result.LogProbs.requires_grad, Is.False);
            Assert.That(Tensor.TotalCount - before, Is.EqualTo(2));
        }

        Assert.That(Tensor.TotalCount, Is.EqualTo(before));
    }

    [Test]
    public void Training_steps_leave_no_tensors_behind()
    {
        var (weight, bias) = (randn(50, 8).requires_grad_(), zeros(50).requires_grad_());
        long Step()
        {
            using (NewDisposeScope())
            {
                var hidden = randn(20, 8).requires_grad_();
                var result = TokenLogProbs.FromHidden(hidden, new OutputHead(weight, bias), zeros(20, dtype: ScalarType.Int64), 1, chunkRows: 8);
                var weighted = TokenLogProbs.WeightedSumFromHidden(hidden, new OutputHead(weight, bias), zeros(20, dtype: ScalarType.Int64), ones(20), 1, chunkRows: 8);
                CheckedBackward.Run(result.LogProbs.sum() + result.Entropies.sum() + weighted.Sum);
            }

            return Tensor.TotalCount;
        }

        var first = Step();
        Assert.That(Enumerable.Range(0, 5).Select(_ => Step()), Is.All.EqualTo(first));
    }

    [Test]
    public void A_chunk_of_a_large_vocabulary_is_bounded_and_a_small_batch_is_one_chunk()
    {
        // ceil(50257 / 768) = 66 parts of 1024 rows would be 16 rows each, but the CPU takes 256, and never more than there are.
        Assert.That(HeadChunks.Rows(empty(1024, 768), empty(50257, 768)), Is.EqualTo(256));
        Assert.That(HeadChunks.Rows(empty(200, 768), empty(50257, 768)), Is.EqualTo(200));

        // 20,000 rows: 304 a part, so 512. 2,000 rows of 1,000 logits are 8 MB: kept whole.
        Assert.That(HeadChunks.Rows(empty(20000, 768), empty(50257, 768)), Is.EqualTo(512));
        Assert.That(HeadChunks.Rows(empty(2000, 64), empty(1000, 64)), Is.EqualTo(2000));
    }

    [Test]
    public void An_empty_batch_gives_empty_results()
    {
        var result = TokenLogProbs.FromHidden(zeros(0, 4), new OutputHead(zeros(5, 4)), zeros(0, dtype: ScalarType.Int64));
        Assert.That(result.LogProbs.shape, Is.EqualTo(new long[] { 0 }));
    }

    [Test]
    public void Bad_arguments_are_named()
    {
        var head = new OutputHead(zeros(5, 4));
        Assert.That(
            () => TokenLogProbs.FromHidden(zeros(2, 4), head, tensor(new[] { 0L, 5L })),
            Throws.ArgumentException.With.Message.Contains("'targets' holds 5").And.Message.Contains("[0, 5)"));
        Assert.That(
            () => TokenLogProbs.FromHidden(zeros(2, 3), head, tensor(new[] { 0L, 1L })),
            Throws.ArgumentException.With.Message.Contains("'head.Weight' has shape [5, 4]; dimension 1 must be 3"));
        Assert.That(
            () => TokenLogProbs.FromLogits(zeros(2, 4), tensor(new[] { 0, 1 })),
            Throws.ArgumentException.With.Message.Contains("'targets' has type Int32; Int64"));
        Assert.That(() => TokenLogProbs.FromLogits(zeros(1, 4), tensor(new[] { 0L }), temperature: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    // Log-probs, entropies, and the gradients of hidden states, weight and bias for fixed upstream gradients.
    private static List<Tensor> Run(ScalarType type, double temperature, double? softCap, bool withBias, long chunkRows, ScalarType? roundTo = null)
    {
        random.manual_seed(11);
        const int rows = 16, width = 24, vocabulary = 2051;
        Tensor Leaf(params long[] shape) => randn(shape, dtype: ScalarType.Float64).to_type(roundTo ?? ScalarType.Float32).to_type(type).requires_grad_();
        var (hidden, weight, bias) = (Leaf(rows, width), Leaf(vocabulary, width), Leaf(vocabulary));
        var targets = randint(0, vocabulary, [rows], dtype: ScalarType.Int64);
        var (a, b) = (randn(rows, dtype: ScalarType.Float64), randn(rows, dtype: ScalarType.Float64));
        var result = TokenLogProbs.FromHidden(hidden, new OutputHead(weight, withBias ? bias : null, softCap), targets, temperature, chunkRows);
        CheckedBackward.Run((result.LogProbs * a).sum() + (result.Entropies * b).sum());
        List<Tensor> all = [result.LogProbs.detach(), result.Entropies.detach(), hidden.grad!, weight.grad!];
        return withBias ? [.. all, bias.grad!] : all;
    }

    private static void Close(Tensor got, Tensor expected, double absolute, double relative)
    {
        var (x, y) = (got.to_type(ScalarType.Float64), expected.to_type(ScalarType.Float64));
        var excess = ((x - y).abs() - (y.abs() * relative)).max().item<double>();
        Assert.That(excess, Is.LessThanOrEqualTo(absolute), $"largest difference {(x - y).abs().max().item<double>()}");
    }
}
