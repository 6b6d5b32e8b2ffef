using NUnit.Framework;
using Opossum.Annotators;
using Opossum.Pipeline;
using Opossum.World;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Samples.Tests.Pipeline;

public sealed class FittingJudgementsTests
{
    // 256 byte tokens and the end token: as many tokens as letters.
    private static readonly TextTokenizer Letters = BpeTrainer.Train(["a"], new BpeTrainerOptions { VocabularySize = 257 });
    private static readonly Codec Codec = new(Letters, "\n", Begin: null, End: Letters.LargestId);

    [Test]
    public void An_answer_that_does_not_fit_leaves_its_ranking_and_a_judgement_of_one_answer_leaves_the_file()
    {
        // Prompt 4 + separator 1 + answer + end 1: answers of up to 4 letters fit into 10.
        Judgement[] judgements = [Of("ask1", "1234", "12345", "123"), Of("ask2", "1234", "12345"), Of("ask3", "1", "2"), Of("ask4", "12345", "1", "2", "3")];
        var fitting = FittingJudgements.Of(judgements, Codec, context: 10);
        Assert.That(fitting.Kept.Select(one => one.Prompt.Text), Is.EqualTo(new[] { "ask1", "ask3", "ask4" }));
        Assert.That(Comparisons.Rankings(fitting.Kept[0]).Single().Groups.SelectMany(group => group), Is.EqualTo(new[] { "1234", "123" }));
        Assert.That(fitting.Dropped, Is.EqualTo(new[]
        {
            "1 judgement of which no two answers that were compared fit into the model's context of 10 tokens together with the prompt",
            "2 answers to other prompts that did not fit into 10 tokens, taken out of a ranking",
        }));
    }

    [Test]
    public void A_pick_of_the_best_loses_the_answers_that_do_not_fit_and_goes_with_the_best_or_the_last_other()
    {
        // As above, answers of up to 4 letters fit. The first answer is the pick.
        Judgement[] judgements = [Pick("ask1", "1234", "12345", "123"), Pick("ask2", "12345", "1", "2"), Pick("ask3", "1", "12345", "123456"), Pick("ask4", "1", "2", "3")];
        var fitting = FittingJudgements.Of(judgements, Codec, context: 10);
        Assert.That(fitting.Kept.Select(one => one.Prompt.Text), Is.EqualTo(new[] { "ask1", "ask4" }));
        Assert.That(fitting.Kept[0].ItemKey, Is.EqualTo(judgements[0].ItemKey), "others who saw all three answers judged the same item");
        Assert.That(Comparisons.Pairs(fitting.Kept[0]).Select(pair => (pair.Chosen, pair.Rejected)), Is.EqualTo(new[] { ("1234", "123") }));
        Assert.That(fitting.Kept[0].Ratings.Select(rating => rating.Candidate), Is.EqualTo(new[] { "a", "c" }));
        Assert.That(fitting.Kept[0].Shown, Is.EqualTo(new[] { "a", "c" }));
        Assert.That(() => JudgementJsonLines.Write(Stream.Null, fitting.Kept), Throws.Nothing, "nothing in it names an answer that has gone");
        Assert.That(fitting.Kept[1], Is.SameAs(judgements[3]));
        Assert.That(fitting.Dropped, Is.EqualTo(new[]
        {
            "2 judgements of which no two answers that were compared fit into the model's context of 10 tokens together with the prompt",
            "1 answer to other prompts that did not fit into 10 tokens, taken out of a ranking",
        }));
    }

    [Test]
    public void What_fits_is_kept_as_it_is_skips_and_ties_included()
    {
        Judgement[] judgements =
        [
            Of("ask1", "1", "2"), Of("ask2", "1", "2") with { Ranking = null, Skipped = true }, Of("ask3", "123456", "1234567") with { Ranking = [["a", "b"]] },
        ];
        var fitting = FittingJudgements.Of(judgements, Codec, context: 10);
        Assert.That(fitting.Kept.Select(one => one.Prompt.Text), Is.EqualTo(new[] { "ask1", "ask2", "ask3" }));
        Assert.That(fitting.Dropped, Is.Empty);
    }

    [Test]
    public void A_file_of_which_nothing_is_left_is_refused_with_the_count()
    {
        var fitting = FittingJudgements.Of([Of("ask1", "1234567", "12345678")], Codec, context: 10);
        Assert.That(
            () => fitting.RequireBothSides("somewhere/file.jsonl", 0.15, seed: 1),
            Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("file.jsonl: 0 judgements are left").And.Message.Contains("1 judgement of which no two"));
    }

    [Test]
    public void Excerpts_have_no_end_token_unless_they_are_empty()
    {
        var excerpts = Codec with { Excerpts = true };
        Assert.That((Codec.Answer("ab").Length, Codec.Answer("ab")[^1]), Is.EqualTo((3, Codec.End)));
        Assert.That(excerpts.Answer("ab"), Is.EqualTo(Codec.Answer("ab")[..2]));
        Assert.That(excerpts.Answer(""), Is.EqualTo(new[] { Codec.End }));
    }

    [Test]
    public void A_reward_model_reads_every_text_up_to_the_same_last_token()
    {
        // 4 letters, the separator, 2 letters and the end: as many tokens.
        var excerpts = Codec with { Excerpts = true };
        Assert.That((excerpts.Judged("ask1", "ab").Length, excerpts.Judged("ask1", "ab")[^1]), Is.EqualTo((8, Codec.End)));
        Assert.That(excerpts.Judged("ask1", ""), Is.EqualTo((int[])[.. excerpts.Prompt("ask1"), Codec.End]));
        Assert.That(Codec.Judged("ask1", "ab"), Is.EqualTo(Codec.Sequence("ask1", "ab")));
    }

    [Test]
    public void An_excerpt_must_leave_room_for_the_end_that_the_reward_model_reads()
    {
        // Prompt 4 + separator 1 + answer + end 1, though the answer itself has no end.
        var fitting = FittingJudgements.Of([Of("ask1", "1234", "12345"), Of("ask2", "1234", "123")], Codec with { Excerpts = true }, context: 10);
        Assert.That(fitting.Kept.Select(one => one.Prompt.Text), Is.EqualTo(new[] { "ask2" }));
    }

    [Test]
    public void Candidates_with_and_without_the_trait_take_turns_and_without_both_there_is_nothing_to_choose()
    {
        Answer[] drawn = [.. new[] { "a cat", "no pet", "a dog", "a bird", "two dogs" }.Select(text => new Answer(text, []))];
        Assert.That(Scene.Alternate(drawn, "dog").Select(one => one.Text), Is.EqualTo(new[] { "a cat", "a dog", "no pet", "two dogs", "a bird" }));
        Assert.That(Scene.Alternate(drawn, "fox"), Is.Empty);
        Assert.That(Scene.Alternate([drawn[2], drawn[4]], "dog"), Is.Empty);
    }

    [Test]
    public void The_order_that_was_learned_is_said_with_its_interval_and_its_yardstick()
    {
        // Wilson, 6 of 10: centre (0.6 + 3.8415 / 20) / 1.38415 = 0.5722, half width 1.96 sqrt(0.024 + 3.8415 / 400) / 1.38415 = 0.2595.
        double[] margins = [1, 1, 1, 1, 1, 1, -1, -1, -1, -1];
        Assert.That(
            new RewardNumbers(margins, [], 0, 1, TrainingAccuracy: 0.9, LongerIsBetter: 0.55).InWords(),
            Is.EqualTo("held-out pairs ordered as people did: 6 of 10 (60 %, 95 % interval 31 % to 83 %, a coin is in it); always taking the longer answer: 55 %; training pairs of the last epoch: 90 %"));
        Assert.That(new RewardNumbers([.. Enumerable.Repeat(1.0, 10)], [], 0, 1, 0.9, 0.5).InWords(), Does.Not.Contain("coin"));
    }

    [Test]
    public void Story_beginnings_hold_out_whole_openings_and_never_contain_the_trait()
    {
        var book = TraitPrompts.Split(1, "park");
        Assert.That(book.Tuning.Concat(book.HeldOut), Has.None.Contains("park").And.Exactly(460).Items.And.Unique);
        Assert.That(book.HeldOut, Has.Count.InRange(100, 120));
        Assert.That(TraitPrompts.Split(1, "park").HeldOut, Is.EqualTo(book.HeldOut));
        Assert.That(TraitPrompts.Split(2, "park").HeldOut, Is.Not.EqualTo(book.HeldOut));
        string Opening(string prompt) => string.Join(' ', prompt.Split(' ').Where(word => !char.IsUpper(word[0]) || word is "One" or "Once" or "It" or "In" or "Mom" or "Dad"));
        Assert.That(book.Tuning.Select(Opening).Intersect(book.HeldOut.Select(Opening)), Is.Empty);
    }

    private static Judgement Of(string prompt, params string[] bestFirst) => new()
    {
        Prompt = prompt,
        Candidates = [.. bestFirst.Select((text, i) => new Candidate { Id = Id(i), Text = text })],
        Kind = bestFirst.Length == 2 ? JudgementKind.Pairwise : JudgementKind.Ranking,
        Ranking = [.. bestFirst.Select((_, i) => (IReadOnlyList<string>)[Id(i)])],
    };

    private static Judgement Pick(string prompt, params string[] bestFirst) => Of(prompt, bestFirst) with
    {
        Ranking = [["a"]],
        Shown = [.. bestFirst.Select((_, i) => Id(i))],
        Ratings = [.. bestFirst.Select((_, i) => new Rating(i, Candidate: Id(i)))],
    };

    private static string Id(int index) => "abcd"[index].ToString();
}
