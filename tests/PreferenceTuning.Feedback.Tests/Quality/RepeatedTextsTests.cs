using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Quality;

namespace PreferenceTuning.Feedback.Tests.Quality;

[TestFixture]
public sealed class RepeatedTextsTests
{
    // Forty words, so 36 runs of five. With another last word 35 of 37 are shared.
    private static readonly string Start = string.Join(' ', Enumerable.Range(0, 39).Select(number => $"w{number}"));

    [Test]
    public void Prompts_that_differ_in_a_word_are_found_and_a_split_by_prompt_is_doubted()
    {
        var report = QualityReport.Of(
            [Of("i1", Start + " one", "x", "y"), Of("i2", Start + " two", "z", "q"), Of("i3", "Another prompt.", "r", "s")]);

        var found = report.RepeatedTexts.Single();
        Assert.That(found.Kind, Is.EqualTo(RepeatedTextKind.Prompts));
        Assert.That(found.Items, Is.EqualTo(new[] { "i1", "i2" }));
        Assert.That(found.Similarity, Is.EqualTo(35.0 / 37).Within(1e-12));
        Assert.That(Finding(report).Sentence, Is.EqualTo(
            "1 group of prompts (2 prompts in all) are nearly the same (85 % or more of their runs of 5 words are shared), e.g. " +
            "\"w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16 w1…\" and \"w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16 w1…\": " +
            "a split by prompt does not keep them together."));
        Assert.That(Finding(report).Severity, Is.EqualTo(FindingSeverity.Warning));
        Assert.That(report.ToText(), Does.Contain(Finding(report).Sentence));
    }

    [Test]
    public void Equal_or_nearly_equal_candidates_of_one_item_are_found()
    {
        var report = QualityReport.Of([Of("i1", "p", "caf\u00e9  au lait", "cafe\u0301 au lait"), Of("i2", "q", Start + " a", Start + " b"), Of("i3", "r", "x", "y")]);

        Assert.That(report.RepeatedTexts.Select(one => (one.Kind, one.Items.Single(), one.Excerpts.Count)), Is.EqualTo(new[]
        {
            (RepeatedTextKind.WithinItem, "i1", 1), (RepeatedTextKind.WithinItem, "i2", 2),
        }));
        Assert.That(report.RepeatedTexts.Select(one => one.Similarity), Is.EqualTo(new[] { 1, 35.0 / 37 }).Within(1e-12));
        Assert.That(Finding(report).Sentence, Does.StartWith("In 2 items two candidates are the same or nearly so").And.Contain("in i1"));
        Assert.That(Finding(report).Items, Is.EqualTo(new[] { "i1", "i2" }));
    }

    [Test]
    public void One_item_under_two_names_is_found_whatever_the_sides()
    {
        var report = QualityReport.Of([Of("i1", "p", "x", "y"), Of("i2", "p", "y", "x"), Of("i2", "p", "y", "x", "bo")]);

        Assert.That(report.RepeatedTexts.Select(one => one.Kind), Is.EqualTo(new[] { RepeatedTextKind.Items }));
        Assert.That(Finding(report).Sentence, Does.Contain("1 group of items (2 items in all)").And.Contain("e.g. i1 and i2"));
    }

    [Test]
    public void An_answer_to_different_prompts_is_a_note()
    {
        var report = QualityReport.Of(
            [Of("i1", "p", "I do not know.", "y"), Of("i2", "q", "I do  not know.", "z"), Of("i3", "q", "I do not know.", "s")]);

        Assert.That(
            Finding(report).Sentence, Does.StartWith("1 candidate answers different prompts").And.Contain("\"I do not know.\" in 3 items"));
        Assert.That(Finding(report).Severity, Is.EqualTo(FindingSeverity.Note));
        Assert.That(report.RepeatedTexts.Single().Excerpts, Has.Count.EqualTo(1));
    }

    [Test]
    public void The_same_prompt_with_other_candidates_and_several_judgements_of_one_item_are_nothing() =>
        Assert.That(
            QualityReport.Of([Of("i1", "p", "x", "y"), Of("i1", "p", "x", "y", "bo"), Of("i2", "p", "u", "v")]).RepeatedTexts, Is.Empty);

    [Test]
    public void An_excerpt_is_short_and_cuts_no_character()
    {
        var crossing = new string('a', 119) + "🙂 and on";
        var report = QualityReport.Of([Of("i1", "p", crossing, crossing)]);
        Assert.That(report.RepeatedTexts[0].Excerpts.Single(), Is.EqualTo(new string('a', 119) + "…"));
    }

    [Test]
    public void Another_threshold_is_obeyed_and_a_wrong_one_refused()
    {
        Judgement[] judgements = [Of("i1", Start + " one", "x", "y"), Of("i2", Start + " two", "z", "q")];
        var strict = new QualityOptions();
        Assert.That(
            QualityReport.Of(judgements, strict with { Duplicates = strict.Duplicates with { Threshold = 0.96 } }).RepeatedTexts, Is.Empty);
        Assert.That(
            () => QualityReport.Of(judgements, strict with { Duplicates = new() { Threshold = 0 } }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Threshold"));
    }

    private static QualityFinding Finding(QualityReport report) =>
        report.Findings.Single(finding => finding.Kind == FindingKind.Duplicates);

    private static Judgement Of(string item, string prompt, string first, string second, string who = "ana") => new()
    {
        Item = item,
        Prompt = prompt,
        Candidates = [new() { Id = "a", Text = first }, new() { Id = "b", Text = second }],
        Annotator = who,
        Ranking = [["a"], ["b"]],
    };
}
