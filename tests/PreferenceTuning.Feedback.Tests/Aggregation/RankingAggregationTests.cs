using NUnit.Framework;
using PreferenceTuning.Feedback.Aggregation;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Aggregation;

[TestFixture]
public sealed class RankingAggregationTests
{
    [Test]
    public void Borda_counts_who_is_left_behind_and_ties_count_half()
    {
        // a > b > c, b > a = c: a 1, 1/4; b 1/2, 1; c 0, 1/4 => b .75, a .625, c .125
        var merged = RankingAggregation.Borda([Ranked(["a"], ["b"], ["c"]), Ranked(["b"], ["a", "c"])]).Rankings.Single();
        Assert.That(Written(merged), Is.EqualTo("b a c"));
        Assert.That(merged.Groups.Select(group => group.Single().Score.Required), Is.EqualTo(new[] { 0.75, 0.625, 0.125 }).Within(1e-12));
        Assert.That(merged.Judgements, Is.EqualTo(2));
    }

    [Test]
    public void A_pick_of_the_best_is_one_choice_among_all()
    {
        // Borda: a picked twice of three, b once: a (1 + 1 + 1/4) / 3, b (1/4 + 1/4 + 1) / 3, c 1/4. Not picked means half of two others.
        Judgement Pick(string best) => Ranked(["a"], ["b"], ["c"]) with { Ranking = [[best]] };
        var borda = RankingAggregation.Borda([Pick("a"), Pick("a"), Pick("b")]).Rankings.Single();
        Assert.That(Written(borda), Is.EqualTo("a b c"));
        Assert.That(borda.Groups.Select(group => group.Single().Score.Required), Is.EqualTo(new[] { 0.75, 0.5, 0.25 }).Within(1e-12));
        // Luce: with shares 2/4, 1/4, 1/4 of four picks the strengths differ by ln 2.
        var luce = RankingAggregation.PlackettLuce([Pick("a"), Pick("a"), Pick("b"), Pick("c")], new StrengthOptions()).Rankings.Single();
        Assert.That(luce.Groups[0].Single().Score.Required - luce.Groups[1][0].Score.Required, Is.EqualTo(Math.Log(2)).Within(1e-6));
    }

    [Test]
    public void Opposite_rankings_merge_into_a_tie()
    {
        Assert.That(Written(RankingAggregation.Borda([Ranked(["a"], ["b"]), Ranked(["b"], ["a"])]).Rankings.Single()), Is.EqualTo("a=b"));
        Assert.That(
            Written(RankingAggregation.PlackettLuce([Ranked(["a"], ["b"]), Ranked(["b"], ["a"])]).Rankings.Single()), Is.EqualTo("a=b"));
    }

    [Test]
    public void Plackett_and_Luce_give_the_strengths_of_the_choix_example()
    {
        // choix: rankings [0,1,2], [3,2,0], [1,3] => -.44331 .69507 -.67061 .41885 without a prior
        Judgement[] judgements = [Ranked(["a"], ["b"], ["c"]), Ranked(["d"], ["c"], ["a"]), Ranked(["b"], ["d"])];
        var merged = RankingAggregation.PlackettLuce(judgements, new StrengthOptions()).Rankings.Single();
        Assert.That(Written(merged), Is.EqualTo("b d a c"));
        Assert.That(
            merged.Groups.Select(group => group.Single().Score.Required),
            Is.EqualTo(new[] { 0.69507, 0.41885, -0.44331, -0.67061 }).Within(1e-4));
        Assert.That(merged.Groups.Select(group => group.Single().Judgements), Is.EqualTo(new[] { 2, 2, 2, 2 }));
    }

    [Test]
    public void Without_prior_an_undefeated_candidate_gives_no_strengths_and_that_is_counted()
    {
        var result = RankingAggregation.PlackettLuce([Ranked(["a"], ["b"])], new StrengthOptions());
        Assert.That(result.Rankings, Is.Empty);
        Assert.That(result.Report.Notes.Single().Message, Does.Contain("StrengthOptions.Prior"));
        Assert.That(Written(RankingAggregation.PlackettLuce([Ranked(["a"], ["b"])]).Rankings.Single()), Is.EqualTo("a b"));
    }

    [Test]
    public void The_merged_ranking_is_a_judgement_that_can_be_written()
    {
        var skipped = Ranked(["a"], ["b"]) with { Ranking = null, Skipped = true };
        var result = RankingAggregation.Borda([Ranked(["c"], ["a"]), skipped]);
        var judgement = result.Rankings.Single().ToJudgement();
        using var stream = new MemoryStream();
        JudgementJsonLines.Write(stream, [judgement]);
        Assert.That(judgement.Ranking!.Select(group => group.Single()), Is.EqualTo(new[] { "c", "a" }));
        Assert.That((judgement.AnnotatorKind, judgement.Margin), Is.EqualTo((AnnotatorKind.Aggregate, 1.0)));
        Assert.That(result.Report.Notes.Single().Count, Is.EqualTo(1));
    }

    [Test]
    public void Candidates_that_share_an_identifier_get_their_own()
    {
        var other = Ranked(["a"], ["b"]) with { Candidates = [new() { Id = "a", Text = "another" }, new() { Id = "b", Text = "Text b" }] };
        var judgement = RankingAggregation.Borda([Ranked(["a"], ["b"]), other]).Rankings.Single().ToJudgement();
        Assert.That(judgement.Candidates.Select(candidate => candidate.Id), Is.Unique);
        Assert.That(judgement.Ranking!.Select(group => group.Count), Is.EqualTo(new[] { 2, 1 }));
    }

    private static string Written(MergedRanking ranking) =>
        string.Join(' ', ranking.Groups.Select(group => string.Join('=', group.Select(one => one.Candidate.Id))));

    private static Judgement Ranked(params string[][] ranking) => new()
    {
        Item = "i",
        Prompt = "p",
        Candidates = [.. ranking.SelectMany(group => group).Order().Select(id => new Candidate { Id = id, Text = $"Text {id}" })],
        Ranking = ranking,
    };
}
