using NUnit.Framework;
using PreferenceTuning.Feedback.Aggregation;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.Provenance;

namespace PreferenceTuning.Feedback.Tests.Aggregation;

[TestFixture]
public sealed class PreferenceAggregationTests
{
    [Test]
    public void Two_votes_for_b_one_for_a_and_one_tie_give_five_eighths_for_b()
    {
        // b: 2 + 1/2 of 4 votes = 0.625
        var verdict = PreferenceAggregation.Majority([Vote("b"), Vote("a"), Vote("tie"), Vote("b")]).Verdicts.Single();

        Assert.Multiple(() =>
        {
            Assert.That(verdict.Chosen.Text.Text, Is.EqualTo("Seven"));
            Assert.That(verdict.SoftLabel, Is.EqualTo(0.625).Within(1e-12));
            Assert.That((verdict.Wins, verdict.Losses, verdict.Ties), Is.EqualTo((2, 1, 1)));
        });
    }

    [Test]
    public void A_tie_is_kept_as_a_tie()
    {
        var result = PreferenceAggregation.Majority([Vote("a"), Vote("b")]);

        Assert.That(result.Verdicts.Single().IsTie);
    }

    [Test]
    public void Swapped_sides_are_the_same_candidates()
    {
        var swapped = Vote("a") with { Candidates = [new() { Id = "a", Text = "Seven" }, new() { Id = "b", Text = "Four" }] };
        var verdict = PreferenceAggregation.Majority([Vote("b"), swapped]).Verdicts.Single();

        Assert.That((verdict.Wins, verdict.Losses), Is.EqualTo((2, 0)));
        Assert.That(verdict.Chosen.Text.Text, Is.EqualTo("Seven"));
    }

    [Test]
    public void One_reliable_annotator_outweighs_two_who_nearly_guess()
    {
        // ln(.9/.1) = 2.19722, ln(.6/.4) = 0.405465; a: 2.19722 - 2 * 0.405465 = 1.38629 = ln 4 => sigmoid = 0.8
        var accuracies = new Dictionary<string, double> { ["expert"] = 0.9, ["ana"] = 0.6, ["bo"] = 0.6 };
        var votes = new[] { Vote("a", "expert"), Vote("b", "ana"), Vote("b", "bo") };

        var weighted = PreferenceAggregation.Weighted(votes, accuracies).Verdicts.Single();

        Assert.That(weighted.Chosen.Text.Text, Is.EqualTo("Four"));
        Assert.That(weighted.SoftLabel, Is.EqualTo(0.8).Within(1e-12));
        Assert.That(PreferenceAggregation.Majority(votes).Verdicts.Single().Chosen.Text.Text, Is.EqualTo("Seven"));
        Assert.That(
            () => PreferenceAggregation.Weighted([Vote("a", "stranger")], accuracies),
            Throws.ArgumentException.With.Message.Contains("stranger"));
        Assert.That(() => PreferenceAggregation.Weighted(votes, new Dictionary<string, double> { ["x"] = 1 }), Throws.ArgumentException);
    }

    [Test]
    public void A_pick_of_the_best_of_three_gives_it_over_each_of_the_others_and_nothing_between_them()
    {
        var pick = Vote("a") with { Candidates = [new() { Id = "a", Text = "x" }, new() { Id = "b", Text = "y" }, new() { Id = "c", Text = "z" }], Ranking = [["b"]] };
        var result = PreferenceAggregation.Majority([pick, pick with { Ranking = [["c"]], Annotator = "y" }, pick with { Annotator = "z" }]);

        Assert.That(pick.IsPickOfBest && pick.Preferred == "b");
        // y over z twice and once the other way; y over x twice; z over x once.
        Assert.That(result.Verdicts.Select(one => $"{one.Chosen.Text.Text}>{one.Rejected.Text.Text} {one.Wins}:{one.Losses}:{one.Ties}"),
            Is.EquivalentTo(new[] { "y>x 2:0:0", "y>z 2:1:0", "z>x 1:0:0" }));
        Assert.That(result.Report.Notes, Is.Empty);
    }

    [Test]
    public void Choices_that_name_one_of_three_answers_are_a_pick_of_the_best()
    {
        var config = LabelingConfig.Parse("""
            <View><Text name="prompt" value="$prompt"/><Text name="x" value="$x"/><Text name="y" value="$y"/><Text name="z" value="$z"/>
            <Choices name="best" toName="prompt"><Choice value="x"/><Choice value="y"/><Choice value="z"/><Choice value="Tie"/></Choices></View>
            """);
        string Answer(int id, string choice) =>
            $$$"""{"id":{{{id}}},"completed_by":2,"result":[{"from_name":"best","to_name":"prompt","type":"choices","value":{"choices":["{{{choice}}}"]}}]}""";
        var export =
            $$"""[{"id":7,"data":{"prompt":"p","x":"one","y":"two","z":"three"},"annotations":[{{Answer(1, "y")}},{{Answer(2, "Tie")}}]}]""";
        var read = LabelStudioExport.Read(FeedbackInput.FromText("export.json", export), config).Judgements;
        var verdicts = PreferenceAggregation.Majority(read.Take(1)).Verdicts;

        Assert.That(
            verdicts.Select(one => (one.Chosen.Text.Text, one.Rejected.Text.Text, one.Wins)),
            Is.EquivalentTo(new[] { ("two", "one", 1), ("two", "three", 1) }));
        Assert.That(read[1].IsTie && !read[1].IsPickOfBest);
    }

    [Test]
    public void A_ranking_of_three_gives_three_pairs_and_skips_are_counted_not_lost()
    {
        var ranking = new Judgement { Item = "i", Prompt = "p", Candidates = [C("a"), C("b"), C("c")], Ranking = [["c"], ["a", "b"]] };
        var result = PreferenceAggregation.Majority([ranking, Vote("a") with { Skipped = true, Ranking = null }]);

        Assert.That(
            result.Verdicts.Select(verdict => $"{verdict.Chosen.Id}{(verdict.IsTie ? '=' : '>')}{verdict.Rejected.Id}"),
            Is.EquivalentTo(new[] { "c>a", "c>b", "a=b" }));
        Assert.That(result.Report.Notes.Single().Count, Is.EqualTo(1));
    }

    [Test]
    public void Ratings_become_rankings_with_their_range_as_margin()
    {
        var rated = new Judgement { Item = "i", Prompt = "p", Candidates = [C("a"), C("b"), C("c")], Ratings = [new(3, "q", "a"), new(5, "q", "b"), new(3, "q", "c")] };
        var ranked = PreferenceAggregation.RankByRating([rated], "q").Single();

        Assert.That(ranked.Ranking!.Select(group => string.Join('=', group)), Is.EqualTo(new[] { "b", "a=c" }));
        Assert.That(ranked.Margin, Is.EqualTo(2));
    }

    [Test]
    public void No_prompt_is_on_both_sides_and_a_prompt_stays_where_it_is()
    {
        var votes = Enumerable.Range(0, 3000).Select(number => Vote("a") with { Prompt = $"Prompt {number % 1000}" }).ToList();
        var (train, heldOut) = PromptSplit.Split(votes, vote => vote.Prompt, 0.2, seed: 7);
        var (_, more) = PromptSplit.Split(votes.AsEnumerable().Reverse().Append(Vote("a")), vote => vote.Prompt, 0.2, seed: 7);

        Assert.That(train.Select(vote => vote.PromptKey).Intersect(heldOut.Select(vote => vote.PromptKey)), Is.Empty);
        Assert.That(train.Count + heldOut.Count, Is.EqualTo(3000));
        Assert.That(heldOut.Select(vote => vote.PromptKey).Distinct(), Is.SubsetOf(more.Select(vote => vote.PromptKey)));
        Assert.That(PromptSplit.IsHeldOut("a  b", 0.5, 1), Is.EqualTo(PromptSplit.IsHeldOut(" a b\n", 0.5, 1)));
    }

    [TestCase(0.05)]
    [TestCase(0.2)]
    [TestCase(0.5)]
    public void The_share_that_is_asked_for_is_held_out_and_seeds_are_independent(double share)
    {
        const int Prompts = 40_000;
        bool[] Side(long seed) => [.. Enumerable.Range(0, Prompts).Select(number => PromptSplit.IsHeldOut($"Prompt {number}", share, seed))];
        var (one, other) = (Side(1), Side(2));

        // Binomial; of both at once, share squared. Four standard deviations, at share 0.2 80 of 8,000 and 39 of 1,600.
        double Reach(double p) => 4 * Math.Sqrt(Prompts * p * (1 - p));
        Assert.That(one.Count(held => held), Is.EqualTo(Prompts * share).Within(Reach(share)));
        Assert.That(other.Count(held => held), Is.EqualTo(Prompts * share).Within(Reach(share)));
        Assert.That(one.Zip(other).Count(both => both is (true, true)), Is.EqualTo(Prompts * share * share).Within(Reach(share * share)));
    }

    [Test]
    public void One_annotators_two_judgements_of_a_pair_are_noticed()
    {
        var result = PreferenceAggregation.Majority([Vote("a"), Vote("a"), Vote("b", "y")]);

        Assert.That((result.Verdicts.Single().Wins, result.Verdicts.Single().Losses), Is.EqualTo((2, 1)));
        Assert.That(result.Report.Notes.Single().Message, Does.Contain("more than once"));
        Assert.That(PreferenceAggregation.Majority([Vote("a"), Vote("b", "y")]).Report.Notes, Is.Empty);
    }

    [Test]
    public void Conversations_are_columns_of_messages()
    {
        var chat = Passage.FromMessages([new("user", "Name a prime.")]);
        TrlPreference text = new("p", "c", "r", ChosenProbability: 0.75), talk = new(chat, "Seven", "Four");

        Assert.That(VerdictWriter.ColumnsOf([text]), Is.EqualTo(
            new[] { ("prompt", "sc:Text"), ("chosen", "sc:Text"), ("rejected", "sc:Text"), ("chosen_probability", "sc:Float") }));
        Assert.That(VerdictWriter.ColumnsOf([talk]).Select(column => column.Type), Is.All.EqualTo(DataFile.Messages));
    }

    [Test]
    public void Verdicts_are_written_as_pairs_and_ties_are_counted_as_left_out()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "pairs.jsonl");
        var verdicts = PreferenceAggregation.Majority([Vote("b"), Vote("tie") with { Prompt = "Another?" }]).Verdicts;
        var report = VerdictWriter.WriteJsonLines(path, verdicts);

        Assert.That(
            File.ReadAllText(path), Is.EqualTo("""{"prompt":"Name a prime.","chosen":"Seven","rejected":"Four","chosen_probability":1}""" + "\n"));
        Assert.That(report.Records, Is.EqualTo(1));
        Assert.That(report.Notes.Single().Count, Is.EqualTo(1));
        File.Delete(path);
    }

    private static Candidate C(string id) => new() { Id = id, Text = $"Text {id}" };

    private static Judgement Vote(string answer, string annotator = "x") => new()
    {
        Prompt = "Name a prime.",
        Candidates = [new() { Id = "a", Text = "Four" }, new() { Id = "b", Text = "Seven" }],
        Annotator = annotator,
        Ranking = answer == "tie" ? [["a", "b"]] : [[answer], [answer == "a" ? "b" : "a"]],
    };
}
