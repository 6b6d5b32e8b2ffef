using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Data;

public sealed class PromptSplitTests
{
    private static readonly List<Demonstration> Rows = [.. Enumerable.Range(0, 2000).Select(i =>
        new Demonstration($"prompt {i % 500}", $"response {i}"))];

    private static SplitResult<Demonstration> Split(IReadOnlyList<Demonstration> rows, ulong seed = 1, double share = 0.2) =>
        PromptSplit.ByPrompt(rows, row => row.Prompt, share, seed);

    [Test]
    public void No_prompt_is_on_both_sides_and_no_row_is_lost() => Gen.ULong.Sample(seed =>
    {
        var (training, heldOut) = Split(Rows, seed);
        return !training.Select(r => r.Prompt).Intersect(heldOut.Select(r => r.Prompt)).Any() && training.Count + heldOut.Count == Rows.Count;
    }, iter: 20);

    [Test]
    public void The_share_is_met_on_average()
    {
        // 500 prompts at 0.2: 100 expected, standard deviation sqrt(500 * 0.2 * 0.8) = 8.9.
        Assert.That(Split(Rows).HeldOut.Select(r => r.Prompt).Distinct().Count(), Is.EqualTo(100).Within(36));
    }

    [Test]
    public void A_prompt_keeps_its_side_when_rows_come_and_go()
    {
        var before = Split(Rows).HeldOut.Select(r => r.Prompt).ToHashSet();
        var after = Split([.. Rows.Where((_, i) => i % 3 != 0).Reverse(), new Demonstration("new", "row")]).HeldOut;
        Assert.That(after.Where(r => r.Prompt.Text != "new").Select(r => r.Prompt).Distinct(), Is.SubsetOf(before));
        Assert.That(after, Is.Not.Empty);
    }

    [Test]
    public void Another_seed_splits_otherwise_and_the_same_seed_alike()
    {
        Assert.That(Split(Rows, 1).HeldOut, Is.EqualTo(Split(Rows, 1).HeldOut));
        Assert.That(Split(Rows, 1).HeldOut, Is.Not.EqualTo(Split(Rows, 2).HeldOut));
    }

    [Test]
    public void A_side_without_rows_is_refused() =>
        Assert.That(() => Split([new("only", "one")]), Throws.ArgumentException.With.Message.Contains("too few distinct prompts"));

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(double.NaN)]
    public void A_share_outside_the_open_unit_interval_is_refused(double share) =>
        Assert.That(() => Split(Rows, share: share), Throws.TypeOf<ArgumentOutOfRangeException>());
}
