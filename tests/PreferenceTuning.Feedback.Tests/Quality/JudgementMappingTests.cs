using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Quality;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.Quality;

[TestFixture]
public sealed class JudgementMappingTests
{
    private static readonly Candidate A = new() { Id = "a", Text = "one two", Model = "m1" };
    private static readonly Candidate B = new() { Id = "b", Text = "three four five", Model = "m2" };
    private static readonly Candidate C = new() { Id = "c", Text = "six", Model = "m3" };

    [Test]
    public void The_side_on_the_screen_plays_no_part_in_the_label()
    {
        var straight = Map(Pair("a", "a", "b") with { Seconds = 4 }).Single();
        var swapped = Map(Pair("a", "b", "a")).Single();
        Assert.That((straight.Label, straight.Winner, straight.Swapped, straight.ChosenPosition), Is.EqualTo(("first", 0, false, 0)));
        Assert.That((swapped.Label, swapped.Winner, swapped.Swapped, swapped.ChosenPosition), Is.EqualTo(("first", 0, true, 1)));
        // Prompt "p q" 2 words + 2 + 3.
        Assert.That(
            (straight.Seconds, straight.Words, straight.FirstCandidate, straight.SecondCandidate), Is.EqualTo((4.0, 7.0, "m1", "m2")));
    }

    [Test]
    public void Identifiers_that_are_positions_do_not_turn_agreement_into_disagreement()
    {
        var other = Pair("b") with { Candidates = [A with { Id = "b" }, B with { Id = "a" }] };
        Assert.That(Map(Pair("a"), other).Select(j => j.Label), Is.EqualTo(new[] { "first", "first" }));
    }

    [Test]
    public void Ties_have_no_position_and_skips_no_label()
    {
        var tie = Map(Pair("a", "a", "b") with { Ranking = [["a", "b"]] }).Single();
        Assert.That((tie.Label, tie.Winner, tie.ChosenPosition), Is.EqualTo(("tie", 2, (int?)null)));
        var skipped = Map(Pair("a") with { Ranking = null, Skipped = true }).Single();
        Assert.That((skipped.Label, skipped.Item), Is.EqualTo(((string?)null, "i")));
    }

    [Test]
    public void A_pick_of_the_best_of_three_is_two_pairs_and_says_nothing_of_the_others()
    {
        var pick = Pair("a") with { Candidates = [A, B, C], Ranking = [["b"]], Shown = ["b", "c", "a"], Seconds = 9 };
        Assert.That(
            Map(pick).Select(j => $"{j.Item} {j.Label} {j.ChosenPosition} {j.Seconds}"),
            Is.EqualTo(new[] { "i/a-b second 0 9", "i/b-c first 0 " }));
    }

    [Test]
    public void What_is_said_beside_the_compared_answer_is_left_out_aloud()
    {
        var all = Pair("a") with { Ratings = [new(4, "quality")], Labels = [new("polite", "tone")] };
        var rated = all with { Ranking = null };
        Assert.That(
            JudgementMapping.Of([all, rated]).Report.Notes.Select(note => note.Message.Split(" are not")[0]),
            Is.EqualTo(new[] { "Ratings beside an order of candidates", "Categories beside an order of candidates", "Categories beside ratings" }));
    }

    [Test]
    public void Several_questions_in_one_table_are_named()
    {
        var both = Pair("a") with { Ranking = null, Ratings = [new(4, "quality"), new(1, "tone")] };
        var note = JudgementMapping.Of([both, both with { Annotator = "v" }]).Report.Notes.Single();
        Assert.That(note.Message, Does.Contain("Several questions are answered and stand in one table"));
        Assert.That(note.Examples, Is.EqualTo(new[] { "quality, tone" }));
        Assert.That(JudgementMapping.Of([both with { Ratings = [new(4, "quality")] }]).Report.Notes, Is.Empty);
    }

    [Test]
    public void A_ranking_of_three_is_three_pairs_that_took_its_time_once()
    {
        var ranking = Pair("a") with { Candidates = [A, B, C], Ranking = [["c"], ["a", "b"]], Shown = ["b", "c", "a"], Seconds = 9 };
        var pairs = Map(ranking);
        Assert.That(
            pairs.Select(j => $"{j.Item} {j.Label} {j.ChosenPosition}"),
            Is.EqualTo(new[] { "i/a-b tie ", "i/a-c second 0", "i/b-c second 1" }));
        Assert.That(pairs.Sum(j => j.Seconds), Is.EqualTo(9));
        Assert.That(pairs.Sum(j => j.Words), Is.EqualTo(8));
    }

    [Test]
    public void Gold_measures_people_and_is_no_answer()
    {
        var mapped = Map(Pair("b") with { Annotator = "x" }, Pair("a") with { Gold = true });
        Assert.That((mapped.Single().Label, mapped.Single().GoldLabel), Is.EqualTo(("second", "first")));
    }

    [Test]
    public void Ratings_and_categories_are_answers_by_question_and_candidate()
    {
        var rated =
            Pair("a") with { Ranking = null, Kind = JudgementKind.Rating, Ratings = [new(4, "fluent", "a"), new(2.5, "fluent", "b")] };
        Assert.That(Map(rated).Select(j => $"{j.Item}={j.Label}"), Is.EqualTo(new[] { "i/fluent/a=4", "i/fluent/b=2.5" }));
        var labelled =
            Pair("a") with { Ranking = null, Kind = JudgementKind.Label, Labels = [new("rude", "flaws", "a"), new("false", "flaws", "a")] };
        Assert.That(Map(labelled).Select(j => $"{j.Item}={j.Label}"), Is.EqualTo(new[] { "i/flaws/a=false + rude" }));
        var third = Pair("a") with { Ranking = null, Labels = [new("both bad", "winner")] };
        Assert.That(Map(third).Select(j => $"{j.Item}={j.Label}"), Is.EqualTo(new[] { "i=both bad" }));
    }

    [Test]
    public void What_cannot_be_compared_or_is_not_known_is_said()
    {
        var text = Pair("a") with { Ranking = null, Kind = JudgementKind.Demonstration, Texts = [new("better")] };
        var report = QualityReport.Of([text, Pair("a") with { Annotator = null }]);
        Assert.That(report.Judgements, Is.EqualTo(1));
        Assert.That(
            report.ToText(),
            Does.Contain("Texts that people wrote are not compared with each other. (1 times; 7)").And.Contain("does not say who made it"));
    }

    [Test]
    public void PandaLm_gives_its_published_agreement()
    {
        var path = GoldenFolder.NeededRealInput("data", "pandalm", "testset-v1.json");
        var report = QualityReport.Of(FeedbackFormats.Read(FeedbackInput.FromFile(path)).Judgements);
        // 999 items, three people each: nominal alpha .864221, mean pairwise agreement .919920, 170 prompts; nothing is known of time.
        Assert.That(report.Alpha.Required, Is.EqualTo(0.864221).Within(1e-6));
        Assert.That(report.PercentAgreement.Required, Is.EqualTo(0.919920).Within(1e-6));
        Assert.That((report.Judgements, report.OverlapItems, report.Prompts), Is.EqualTo((2997, 999, 170)));
        Assert.That(report.Speed.MedianSeconds.IsDefined, Is.False);
        Assert.That(report.Candidates, Has.Count.EqualTo(5));
    }

    private static IReadOnlyList<QualityJudgement> Map(params Judgement[] judgements) => JudgementMapping.Of(judgements).Judgements;

    private static Judgement Pair(string best, params string[] shown) => new()
    {
        Id = "7",
        Item = "i",
        Prompt = "p q",
        Candidates = [A, B],
        Annotator = "ana",
        Ranking = [[best], [best == "a" ? "b" : "a"]],
        Shown = shown.Length == 0 ? null : shown,
    };
}
