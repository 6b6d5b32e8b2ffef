using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Optimization;

namespace PreferenceTuning.Tests.Optimization;

public sealed class MicroBatchingTests
{
    [Test]
    public void Sequences_of_similar_length_go_together()
    {
        // Longest first: 9 and 8 cost 18; 3, 3 and 2 cost 9.
        var batches = MicroBatching.ByTokens([3, 9, 2, 8, 3], tokenBudget: 18);

        Assert.That(batches, Is.EqualTo(new[] { new[] { 1, 3 }, [0, 4, 2] }));
    }

    // 12 rows and 4 would be as few micro-batches, of 960 tokens and 320.
    [Test]
    public void The_fewest_micro_batches_are_of_one_size() =>
        Assert.That(
            MicroBatching.ByTokens([.. Enumerable.Repeat(80, 16)], 1024).Select(batch => batch.Count), Is.EqualTo(new[] { 8, 8 }));

    [Test]
    public void A_sequence_longer_than_the_budget_goes_alone() =>
        Assert.That(MicroBatching.ByTokens([50, 1, 60], 10), Is.EqualTo(new[] { new[] { 2 }, [0], [1] }));

    [Test]
    public void Rows_can_be_limited() =>
        Assert.That(MicroBatching.ByTokens([1, 1, 1], 100, maxRows: 2), Is.EqualTo(new[] { new[] { 0, 1 }, [2] }));

    [Test]
    public void Nothing_gives_nothing() => Assert.That(MicroBatching.ByTokens([], 100), Is.Empty);

    [Test]
    public void Every_sequence_comes_once_within_the_budget_and_always_the_same_way() =>
        Gen.Select(Gen.Int[1, 40].Array[0, 30], Gen.Int[1, 100], Gen.Int[1, 8]).Sample((lengths, budget, rows) =>
        {
            var batches = MicroBatching.ByTokens(lengths, budget, rows);
            return batches.SelectMany(batch => batch).Order().SequenceEqual(Enumerable.Range(0, lengths.Length))
                && batches.All(batch => batch.Count == 1 || (batch.Count <= rows && batch.Count * batch.Max(i => lengths[i]) <= budget))
                && batches.SelectMany(batch => batch).SequenceEqual(
                    MicroBatching.ByTokens(lengths, budget, rows).SelectMany(batch => batch));
        });

    [Test]
    public void Wrong_arguments_are_named()
    {
        Assert.That(
            () => MicroBatching.ByTokens([1, 0], 10), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("lengths[1]"));
        Assert.That(() => MicroBatching.ByTokens([1], 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => MicroBatching.ByTokens([1], 10, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
