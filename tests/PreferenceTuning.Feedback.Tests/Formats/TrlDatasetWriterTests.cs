using System.Text;
using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Tests.Formats;

/// <summary>What TRL's columns cannot hold is said, and what they hold is written the same after reading.</summary>
[TestFixture]
public sealed class TrlDatasetWriterTests
{
    [Test]
    public void Everything_that_has_no_column_is_named()
    {
        var full = Judgements.JudgementJsonLinesTests.Full();
        var pair = full with { Kind = JudgementKind.Pairwise, Candidates = [full.Candidates[0], full.Candidates[1]], Ranking = [["y"], ["x"]], Shown = ["x", "y"] };

        var (_, report) = Written(pair);

        var note = report.Notes.Single();
        Assert.That(note.Kind, Is.EqualTo(ConversionNoteKind.Lost));
        Assert.That(note.Message, Is.EqualTo(
            "These have no column and are lost: ids, annotators, working times, gold marks, confidence, instruction versions, dates, the order shown, flags, "
            + "models, sampling, what the source says of candidates beyond that, what the source says beyond that, ratings, labels, texts, the bounds of "
            + "steps, which become one text."));
    }

    [Test]
    public void An_edit_loses_the_answer_that_was_edited_and_further_texts_and_says_so()
    {
        var (lines, report) = Written(new Judgement
        {
            Prompt = "p", Kind = JudgementKind.TextEdit, Candidates = [new() { Id = "a", Text = "bad" }],
            Texts = [new TextAnswer("good"), new TextAnswer("because")],
        });

        Assert.That(lines, Is.EqualTo("""{"prompt":"p","completion":"good"}""" + "\n"));
        Assert.That(report.Notes.Single().Message, Does.Contain("texts beyond the first, the answer that was edited"));
    }

    [TestCase("""{"prompt":"p","chosen":"x","rejected":"y","margin":0.5,"chosen_probability":0.75}""")]
    [TestCase("""{"prompt":"p","chosen":"x","rejected":"y","score_chosen":8.5,"score_rejected":2}""")]
    [TestCase("""{"prompt":"p","completion":"x"}""")]
    [TestCase("""{"prompt":"p","completion":"x","label":false}""")]
    [TestCase("""{"prompt":"p","completions":["x","y"],"labels":[true,false]}""")]
    [TestCase("""{"prompt":"p"}""")]
    [TestCase("""{"prompt":[{"role":"user","content":"p","weight":0}],"chosen":[{"role":"assistant","content":"x"}],"rejected":[{"role":"assistant","content":"y"}]}""")]
    public void A_row_is_written_the_same_after_reading_and_loses_nothing(string row)
    {
        var (lines, report) = Written([.. TrlDatasets.Read(FeedbackInput.FromText("rows.jsonl", row)).Judgements]);

        Assert.That(lines, Is.EqualTo(row + "\n"));
        Assert.That(report.Notes, Is.Empty);
    }

    [TestCase("1.5")]
    [TestCase("-0.1")]
    [TestCase("\"high\"")]
    public void A_soft_label_that_is_no_probability_is_named_with_its_line(string value) =>
        Assert.That(
            () => TrlDatasets.Read(FeedbackInput.FromText("rows.jsonl", $$"""{"prompt":"p","chosen":"x","rejected":"y","chosen_probability":{{value}}}""")),
            Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("rows.jsonl(1), chosen_probability: is"));

    // Seen in binarised sets: the conversation repeats the prompt, or holds the answer alone.
    [TestCase("""[{"role":"user","content":"p"},{"role":"assistant","content":"x"}]""", """[{"role":"user","content":"p"},{"role":"assistant","content":"y"}]""")]
    [TestCase("""[{"role":"assistant","content":"x"}]""", """[{"role":"assistant","content":"y"}]""")]
    public void A_prompt_of_text_beside_conversations_is_not_lost(string chosen, string rejected)
    {
        var row = $$"""{"prompt":"p","chosen":{{chosen}},"rejected":{{rejected}}}""";
        var judgement = TrlDatasets.Read(FeedbackInput.FromText("rows.jsonl", row)).Judgements.Single();

        Assert.That(judgement.Prompt.ToPlainText(), Is.EqualTo("p"));
        Assert.That(judgement.CandidateOf("chosen").Text.ToPlainText(), Is.EqualTo("x"));
    }

    private static (string Lines, ConversionReport Report) Written(params Judgement[] judgements)
    {
        using var stream = new MemoryStream();
        var report = TrlDatasetWriter.Write(stream, judgements);
        return (Encoding.UTF8.GetString(stream.ToArray()), report);
    }
}
