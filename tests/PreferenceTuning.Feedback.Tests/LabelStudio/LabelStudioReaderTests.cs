using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>Exports as no recorded server wrote them, and files that are no export.</summary>
[TestFixture]
public sealed class LabelStudioReaderTests
{
    private const string Data = """{"q":"p","l":"x","r":"y"}""";

    private static readonly LabelingConfig Config = LabelingConfig.Parse(
        "<View><Text name='q' value='$q'/><Pairwise name='best' toName='l,r'/><Text name='l' value='$l'/><Text name='r' value='$r'/></View>");

    private static readonly string[] NoExport = ["name,age\nana,3\n", "annotation_id;annotator;best\n1;2;x\n", "", "\n\n"];

    [Test]
    public void An_annotation_of_an_export_storage_may_have_no_result()
    {
        var judgement = One($$$"""{"id":1,"result":null,"was_cancelled":false,"completed_by":2,"task":{"id":5,"data":{{{Data}}}}}""");

        Assert.That((judgement.Item, judgement.Annotator), Is.EqualTo(("5", "2")));
        Assert.That(judgement.Flags, Is.EqualTo(new[] { JudgementFlag.EmptyAnswer }));
    }

    [Test]
    public void What_an_edition_says_of_a_task_beyond_its_bookkeeping_is_kept()
    {
        var judgement = One($$"""[{"id":1,"agreement":66.7,"tags":[],"inner_id":1,"reviewers":[4],"data":{{Data}},"annotations":[{"id":2,"result":[]}]}]""");

        Assert.That(judgement.Extra, Is.EquivalentTo(new Dictionary<string, string> { ["task.agreement"] = "66.7", ["task.reviewers"] = "[4]" }));
    }

    [Test]
    public void What_was_clicked_before_a_skip_is_no_preference_but_is_kept()
    {
        var judgement = One($$$"""[{"id":1,"data":{{{Data}}},"annotations":[{"id":2,"was_cancelled":true,"result":[{"from_name":"best","value":{"selected":"right"}}]}]}]""");

        Assert.That((judgement.Skipped, judgement.Ranking), Is.EqualTo((true, (object?)null)));
        Assert.That(judgement.Extra["skipped_ranking"], Is.EqualTo("""[["r"],["l"]]"""));
    }

    [TestCaseSource(nameof(NoExport))]
    public void A_table_that_is_no_export_is_refused(string text) =>
        Assert.That(
            () => LabelStudioTable.ReadSeparated(FeedbackInput.FromText("people.csv", text), Config),
            Throws.TypeOf<FeedbackFormatException>().With.Message.StartsWith("people.csv(1)"));

    [TestCase("""[{"id":1,"data":{"q":"p","l":"x","r":"y"},"annotations":[]}]""", "format JSON")]
    [TestCase("""[{"name":"ana"}]""", "no 'id'")]
    public void Rows_that_are_no_JSON_MIN_are_refused(string text, string reason) =>
        Assert.That(
            () => LabelStudioTable.ReadJsonMin(FeedbackInput.FromText("rows.json", text), Config),
            Throws.TypeOf<FeedbackFormatException>().With.Message.StartsWith("rows.json(1)").And.Message.Contains(reason));

    [Test]
    public void The_table_of_an_empty_project_is_read() =>
        Assert.That(
            LabelStudioTable.ReadSeparated(
                FeedbackInput.FromText("empty.csv", "\"annotation_id\",\"annotator\",\"created_at\",\"lead_time\",\"updated_at\"\r\n"), Config).Judgements,
            Is.Empty);

    // The config of HumanSignal's "compare two AI models": no choice is called as an object is.
    [TestCase("Model A", "x", false)]
    [TestCase("Model B", "y", false)]
    [TestCase("Tie", null, true)]
    [TestCase("Neither", null, false)]
    public void Choices_that_name_no_object_are_told_by_the_options(string stored, string? best, bool tie)
    {
        var config = LabelingConfig.Parse("""
            <View><Text name="prompt" value="$q"/><Text name="a" value="$l"/><Text name="b" value="$r"/>
            <Choices name="better" toName="prompt"><Choice value="Model A"/><Choice value="Model B"/><Choice value="Tie"/></Choices></View>
            """);
        var export = FeedbackInput.FromText(
            "export.json", $$$"""[{"id":1,"data":{{{Data}}},"annotations":[{"id":2,"result":[{"from_name":"better","value":{"choices":["{{{stored}}}"]}}]}]}]""");
        LabelStudioReadOptions Options(string second) => new() { ChoiceObjects = new Dictionary<string, string> { ["Model A"] = "a", ["Model B"] = second } };

        var judgement = LabelStudioExport.Read(export, config, Options("b")).Judgements.Single();

        Assert.That((judgement.Prompt.Text, judgement.Kind), Is.EqualTo(("p", JudgementKind.Pairwise)));
        Assert.That(judgement.Preferred is { } id ? judgement.CandidateOf(id).Text.Text : null, Is.EqualTo(best));
        Assert.That(judgement.IsTie, Is.EqualTo(tie));
        Assert.That(judgement.Flags.Contains(JudgementFlag.UnknownValue), Is.EqualTo(stored == "Neither"));
        Assert.That(() => LabelStudioExport.Read(export, config, Options("zz")), Throws.ArgumentException.With.Message.Contains("'zz'"));
    }

    [Test]
    public void Candidates_without_what_is_compared_are_refused() =>
        Assert.That(
            () => LabelStudioExport.Read(FeedbackInput.FromText("e.json", "[]"), Config, new() { CandidateObjects = ["l"] }),
            Throws.ArgumentException.With.Message.Contains("'r' is compared"));

    private static Judgement One(string export) => LabelStudioExport.Read(FeedbackInput.FromText("export.json", export), Config).Judgements.Single();
}
