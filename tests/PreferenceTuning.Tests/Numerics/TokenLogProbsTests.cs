using NUnit.Framework;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>Values and errors. Every test runs with the CPU loop and with torch operators.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class TokenLogProbsTests(bool operators)
{
    private SoftmaxPath _path = null!;

    [SetUp]
    public void Open() => _path = new SoftmaxPath(operators);

    [TearDown]
    public void Close() => _path.Close();

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
        var logits = tensor(
            new[,] { { (float)magnitude, 0f, (float)-magnitude }, { (float)-magnitude, (float)-magnitude, (float)-magnitude } },
            requires_grad: true);
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

    // V - 1 = 2051 spans more than one block and ends in a part of a vector.
    [TestCase(1.0, null, false)]
    [TestCase(0.5, 30.0, true)]
    public void Float32_agrees_with_float64(double temperature, double? softCap, bool withBias)
    {
        var exact = TokenLogProbsRun.All(ScalarType.Float64, temperature, softCap, withBias, chunkRows: 8);
        var ours = TokenLogProbsRun.All(ScalarType.Float32, temperature, softCap, withBias, chunkRows: 8);
        foreach (var (got, expected) in ours.Zip(exact))
        {
            TokenLogProbsRun.Close(got, expected, 1e-5, 5e-4);
        }
    }

    [Test]
    public void BFloat16_agrees_with_float64_to_its_own_precision()
    {
        var exact = TokenLogProbsRun.All(ScalarType.Float64, 1, null, withBias: true, chunkRows: 8, roundTo: ScalarType.BFloat16);
        var ours = TokenLogProbsRun.All(ScalarType.BFloat16, 1, null, withBias: true, chunkRows: 8, roundTo: ScalarType.BFloat16);
        Assert.That(ours[0].dtype, Is.EqualTo(ScalarType.Float32));
        Assert.That(ours[2].dtype, Is.EqualTo(ScalarType.BFloat16));
        foreach (var (got, expected) in ours.Zip(exact))
        {
            TokenLogProbsRun.Close(got, expected, 3e-2, 5e-2);
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
        TokenLogProbsRun.Close(got.LogProbs, expected.LogProbs, 2e-6, 0);
        TokenLogProbsRun.Close(got.Entropies, expected.Entropies, 2e-6, 0);
        Assert.That(logits.grad!.dtype, Is.EqualTo(type));
        TokenLogProbsRun.Close(logits.grad, exact.grad!, 1e-5, 5e-3);
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
        Assert.That(
            () => TokenLogProbs.FromLogits(zeros(1, 4), tensor(new[] { 0L }), temperature: 0),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
