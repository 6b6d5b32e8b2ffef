using NUnit.Framework;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>Chunks, and what is left behind, with the CPU loop and with torch operators.</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class TokenLogProbsMemoryTests(bool operators)
{
    private SoftmaxPath _path = null!;

    [SetUp]
    public void Open() => _path = new SoftmaxPath(operators);

    [TearDown]
    public void Close() => _path.Close();

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(64)]
    public void The_chunk_size_does_not_change_the_result(long chunkRows)
    {
        var whole = TokenLogProbsRun.All(ScalarType.Float64, 1.1, 20, withBias: true, chunkRows: 16);
        var parts = TokenLogProbsRun.All(ScalarType.Float64, 1.1, 20, withBias: true, chunkRows);
        foreach (var (got, expected) in parts.Zip(whole))
        {
            TokenLogProbsRun.Close(got, expected, 1e-12, 1e-12);
        }
    }

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
                var result = TokenLogProbs.FromHidden(
                    hidden, new OutputHead(weight, bias), zeros(20, dtype: ScalarType.Int64), 1, chunkRows: 8);
                var weighted = TokenLogProbs.WeightedSumFromHidden(
                    hidden, new OutputHead(weight, bias), zeros(20, dtype: ScalarType.Int64), ones(20), 1, chunkRows: 8);
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
        // ceil(50257 / 768) = 66 parts of 1024 rows would be 16 rows each, but the CPU takes up to 384, all alike: 3 of 342, 2 of 200.
        Assert.That(HeadChunks.Rows(empty(1024, 768), empty(50257, 768)), Is.EqualTo(342));
        Assert.That(HeadChunks.Rows(empty(400, 768), empty(50257, 768)), Is.EqualTo(200));
        Assert.That(HeadChunks.Rows(empty(200, 768), empty(50257, 768)), Is.EqualTo(200));

        // 20,000 rows: 304 a part, so 512. 2,000 rows of 1,000 logits are 8 MB: kept whole.
        Assert.That(HeadChunks.Rows(empty(20000, 768), empty(50257, 768)), Is.EqualTo(512));
        Assert.That(HeadChunks.Rows(empty(2000, 64), empty(1000, 64)), Is.EqualTo(2000));
    }
}
