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
        Assert.That(Comparisons.Texts(fitting.Kept[0]).Groups.SelectMany(group => group), Is.EqualTo(new[] { "1234", "123" }));
        Assert.That(fitting.Dropped, Is.EqualTo(new[]
        {
            "1 judgement of which fewer than two answers fit into the model's context of 10 tokens together with the prompt",
            "2 answers to other prompts that did not fit into 10 tokens, taken out of a ranking",
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
            Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("file.jsonl: 0 judgements are left").And.Message.Contains("1 judgement of which fewer"));
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

    private static string Id(int index) => "abcd"[index].ToString();
}
