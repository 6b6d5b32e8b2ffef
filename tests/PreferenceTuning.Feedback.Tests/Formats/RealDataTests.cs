using NUnit.Framework;
using PreferenceTuning.Feedback.Aggregation;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.Formats;

/// <summary>Real files, where they lie beside the checkout.</summary>
[TestFixture]
public sealed class RealDataTests
{
    [Test]
    public void PandaLM_gives_three_judgements_of_each_of_999_items_and_the_published_majorities()
    {
        var reading = FeedbackFormats.Read(Input("pandalm", "testset-v1.json"));
        var verdicts = PreferenceAggregation.Majority(reading.Judgements).Verdicts;

        Assert.That(reading.Judgements, Has.Count.EqualTo(2997));
        Assert.That(reading.Judgements.Select(judgement => judgement.ItemKey).Distinct().Count(), Is.EqualTo(999));
        // Published: 105 ties, 422 for the first, 472 for the second. A majority is two of three.
        string Majority(PreferenceVerdict verdict) =>
            verdict.Ties >= 2 ? "tie" : verdict.Wins >= 2 ? verdict.Chosen.Id : verdict.Losses >= 2 ? verdict.Rejected.Id : "split";
        var counts = verdicts.CountBy(Majority).ToDictionary();
        Assert.That(counts["tie"], Is.EqualTo(105));
        Assert.That(counts["1"], Is.EqualTo(422));
        Assert.That(counts["2"], Is.EqualTo(472));
        Assert.That(reading.Judgements.Select(judgement => judgement.PromptKey).Distinct().Count(), Is.EqualTo(170));
        // Six items hold a truth value instead of text; three judgements each.
        Assert.That(reading.Judgements.Count(judgement => judgement.Flags.Contains(JudgementFlag.NotText)), Is.EqualTo(18));
        Assert.That(reading.Judgements[0].Candidates.Select(candidate => candidate.Model), Is.EqualTo(new[] { "bloom-7b", "llama-7b" }));
    }

    [Test]
    public void The_real_hh_rlhf_file_has_5_pairs_that_part_early_and_4_empty_answers()
    {
        var reading = FeedbackFormats.Read(Input("hh-rlhf", "harmless-base", "test.jsonl.gz"));

        Assert.That(reading.Judgements, Has.Count.EqualTo(2312));
        Assert.That(reading.Judgements.Count(judgement => judgement.Flags.Contains(JudgementFlag.DivergesBeforeFinalTurn)), Is.EqualTo(5));
        Assert.That(reading.Judgements.Count(judgement => judgement.Flags.Contains(JudgementFlag.EmptyCandidate)), Is.EqualTo(4));
        Assert.That(reading.Judgements.Count(judgement => judgement.Preferred == "chosen"), Is.EqualTo(2312));
    }

    [Test]
    public void Open_Assistant_trees_and_the_tiny_hh_sample_are_read()
    {
        var trees = FeedbackFormats.Read(Input("open-assistant", "en_99_tree.jsonl"));
        Assert.That(trees.Judgements, Is.Not.Empty);
        Assert.That(
            trees.Judgements,
            Has.All.Matches<Judgement>(judgement => judgement!.Ranking!.Count >= 1 && judgement.Prompt.Messages!.Count >= 1));

        var tiny = FeedbackFormats.Read(Input("torchtune", "hh_rlhf_tiny.json"));
        Assert.That(tiny.Judgements.Single().CandidateOf("chosen").Text.ToPlainText(), Is.EqualTo("Fix the hole."));
        Assert.That(tiny.Judgements.Single().Prompt.ToPlainText(), Does.StartWith("What do I do"));
    }

    [Test]
    public void Label_Studio_exports_of_other_years_are_read()
    {
        var monitoring = LabelStudioExport.Read(Input("label-studio-examples", "ModelMonitoring", "ls_data.json"),
            LabelingConfig.Parse("<View><Text name='question' value='$question'/><TextArea name='answer' toName='question' editable='true'/></View>"));
        Assert.That(monitoring.Judgements, Has.Count.EqualTo(4));
        Assert.That(monitoring.Judgements, Has.All.Matches<Judgement>(judgement => judgement!.Texts.Count == 1 && judgement.Seconds > 0));

        var chat = LabelStudioExport.Read(Input("label-studio-examples", "multi-turn-chat", "labeled_results.json"),
            LabelingConfig.Parse("""
            <View><Paragraphs name="turn1_prg" value="$turn1_dialogue"/>
            <Choices name="turn1_user_intent" toName="turn1_prg"><Choice value="Product Inquiry"/></Choices></View>
            """));
        Assert.That(chat.Judgements[0].Labels, Does.Contain(new Label("Product Inquiry", "turn1_user_intent")));
        Assert.That(chat.Judgements[0].Extra, Does.ContainKey("results"), "results of controls that the config lacks are kept");
    }

    public static IEnumerable<TestCaseData> Fixtures() =>
        GoldenFolder.RealInput("data", "label-studio-sdk", "test_export_csv") is { } folder
        ? Directory.GetFiles(folder, "*.json")
            .Order(StringComparer.Ordinal).Select(file => new TestCaseData(file).SetArgDisplayNames(Path.GetFileName(file)))
        : [];

    [TestCaseSource(nameof(Fixtures))]
    public void The_converters_own_fixtures_give_judgements_or_a_report(string file)
    {
        var input = FeedbackInput.FromFile(file);
        var config = LabelingConfig.Parse(
            "<View><Text name='text' value='$text'/><Choices name='sentiment' toName='text'><Choice value='Positive'/></Choices></View>");
        var reading = LabelStudioExport.Read(input, config);

        Assert.That(reading.Judgements.Count + reading.Report.Notes.Sum(note => note.Count), Is.GreaterThan(0));
    }

    private static FeedbackInput Input(params string[] parts) => FeedbackInput.FromFile(GoldenFolder.NeededRealInput(["data", .. parts]));
}
