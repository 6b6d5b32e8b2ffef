using NUnit.Framework;
using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Data;

public sealed class RecordTests
{
    [Test]
    public void A_ranking_gives_a_pair_for_every_two_responses_of_different_rank()
    {
        // b (1) beats a (2), a beats d (3), b beats c (2), c beats d, b beats d; a and c are tied.
        var pairs = new RankedResponses("p", ["a", "b", "c", "d"], [2, 1, 2, 3]).ToPairs();
        Assert.That(pairs.Select(p => $"{p.Chosen}>{p.Rejected}"), Is.EqualTo(new[] { "b>a", "a>d", "b>c", "b>d", "c>d" }));
    }

    [Test]
    public void A_ranking_of_ties_gives_no_pair() => Assert.That(new RankedResponses("p", ["a", "b"], [1, 1]).ToPairs(), Is.Empty);

    [Test]
    public void A_ranking_needs_two_responses_and_as_many_ranks()
    {
        Assert.That(() => new RankedResponses("p", ["a"], [1]), Throws.ArgumentException.With.Message.Contains("has 1 response"));
        Assert.That(() => new RankedResponses("p", ["a", "b"], [1]), Throws.ArgumentException.With.Message.Contains("'ranks' has 1"));
    }

    [Test]
    public void Equality_is_by_content()
    {
        Assert.Multiple(() =>
        {
            Assert.That(new TextOrMessages([new("user", "a")]), Is.EqualTo(new TextOrMessages([new("user", "a")])));
            Assert.That(new TextOrMessages([new("user", "a")]), Is.Not.EqualTo(new TextOrMessages([new("user", "b")])));
            Assert.That(new TextOrMessages([]), Is.Not.EqualTo(new TextOrMessages("")));
            Assert.That(new RankedResponses("p", ["a", "b"], [1, 2]), Is.EqualTo(new RankedResponses("p", ["a", "b"], [1, 2])));
            Assert.That(new RankedResponses("p", ["a", "b"], [1, 2]), Is.Not.EqualTo(new RankedResponses("p", ["a", "b"], [2, 1])));
            Assert.That(new TextOrMessages([new("user", "a"), new("assistant", "b")]).ToString(), Is.EqualTo("user: a\nassistant: b"));
        });
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void A_margin_must_be_finite(double margin) =>
        Assert.That(() => new PreferencePair("p", "a", "b") { Margin = margin }, Throws.TypeOf<ArgumentOutOfRangeException>());

    [TestCase(-0.1)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public void A_soft_label_must_be_a_probability(double probability) =>
        Assert.That(
            () => new PreferencePair("p", "a", "b") { ChosenProbability = probability }, Throws.TypeOf<ArgumentOutOfRangeException>());
}
