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
    public void Choices_that_look_like_a_comparison_are_noticed_until_the_options_tell_them_and_tags_have_any_case()
    {
        var config = LabelingConfig.Parse("""
            <View><text name="prompt" value="$q"/><Text name="answer_a" value="$l"/><Text name="answer_b" value="$r"/>
            <choices name="winner" toName="prompt"><Choice value="Model A"/><Choice value="Model B"/><Choice value="Tie"/></choices>
            <Textarea name="notes" toName="prompt"/></View>
            """);
        var export = FeedbackInput.FromText(
            "export.json", $$$"""[{"id":1,"data":{{{Data}}},"annotations":[{"id":2,"result":[{"from_name":"notes","value":{"text":["because"]}}]}]}]""");

        var unsaid = LabelStudioExport.Read(export, config);
        var guess = UnnamedComparison.Find(config)!.Guess;
        var said = LabelStudioExport.Read(export, config, new() { ChoiceObjects = guess.ToDictionary(one => one.Choice, one => one.Object) });

        Assert.That(unsaid.Report.Notes.Single().Message, Does.StartWith("The choices of 'winner' (Model A, Model B, Tie) look like a comparison"));
        Assert.That(guess, Is.EqualTo(new[] { ("Model A", "answer_a"), ("Model B", "answer_b") }));
        Assert.That((said.Report.Notes.Count, said.Judgements.Single().Texts.Single().Value.Text), Is.EqualTo((0, "because")));
        Assert.That(
            () => LabelStudioExport.Read(export, config, new() { ChoiceObjects = new Dictionary<string, string> { ["model a"] = "answer_a" } }),
            Throws.ArgumentException.With.Message.Contains("no choice 'model a'; it has: Model A, Model B, Tie"));
    }

    [TestCase("safe,unsafe,unsure")]
    [TestCase("Yoga,Opera")]
    public void Choices_that_are_categories_are_left_alone(string choices) =>
        Assert.That(
            UnnamedComparison.Find(LabelingConfig.Parse(
                "<View><Text name='q' value='$q'/><Text name='l' value='$l'/><Choices name='kind' toName='l'>"
                + string.Concat(choices.Split(',').Select(choice => $"<Choice value='{choice}'/>")) + "</Choices></View>")),
            Is.Null);

    // Two exports of one project: 2 is there as it was, 3 was changed later, 4 was changed but says no time; 5 is another project's.
    [Test]
    public void An_annotation_that_is_there_twice_counts_once_and_the_report_says_so()
    {
        static string Task(string data, params string[] annotations) => $$"""{"id":1,"data":{{data}},"annotations":[{{string.Join(',', annotations)}}]}""";
        static string Of(int id, string side, int who = 7, string updated = "") =>
            $$$"""{"id":{{{id}}},"completed_by":{{{who}}}{{{updated}}},"result":[{"from_name":"best","value":{"selected":"{{{side}}}"}}]}""";
        const string Monday = ""","updated_at":"2026-03-02T10:00:00Z" """, Tuesday = ""","updated_at":"2026-03-03T10:00:00Z" """;
        var text = $"[{Task(Data, Of(2, "left"), Of(3, "right", 7, Tuesday), Of(4, "left"), Of(5, "left"))},"
            + $"{Task(Data, Of(2, "left"), Of(3, "left", 7, Monday), Of(4, "right"), Of(5, "left", who: 8))},"
            + $"{Task("""{"q":"another","l":"x","r":"y"}""", Of(2, "right"))},{Task(Data, Of(5, "right", who: 8))}]";

        var reading = LabelStudioExport.Read(FeedbackInput.FromText("export.json", text), Config);

        Assert.That(
            reading.Judgements.Select(one => (one.Id, one.Annotator, one.Preferred)),
            Is.EqualTo(new[] { ("2", "7", "l"), ("3", "7", "r"), ("4", "7", "r"), ("5", "7", "l"), ("5", "8", "r"), ("2", "7", "r") }));
        Assert.That(reading.Report.Records, Is.EqualTo(6));
        Assert.That(reading.Report.Notes.Select(note => (note.Kind, note.Message.Split(';')[0], note.Count)), Is.EqualTo(new[]
        {
            (ConversionNoteKind.LeftOut, "One annotation is there again (the same id, annotator and answer)", 1),
            (ConversionNoteKind.LeftOut, "One annotation is there with different answers", 1),
            (ConversionNoteKind.LeftOut, "One annotation is there with different answers, and updated_at does not say which is later", 2),
            (ConversionNoteKind.Noticed, "The id of another annotation is on another task or by another annotator, as in exports of two servers", 2),
        }));
    }

    [Test]
    public void A_row_that_is_there_twice_counts_once_in_tables_too()
    {
        const string Row = """{"id":1,"annotation_id":2,"annotator":7,"q":"p","l":"x","r":"y","best":{"selected":"left"}}""";

        var reading = LabelStudioTable.ReadJsonMin(FeedbackInput.FromText("rows.json", $"[{Row},{Row}]"), Config);

        Assert.That(reading.Judgements.Count, Is.EqualTo(1));
        Assert.That(reading.Report.Notes.Select(note => note.Message), Has.Some.Contains("it counts once"));
    }

    [Test]
    public void Candidates_without_what_is_compared_are_refused() =>
        Assert.That(
            () => LabelStudioExport.Read(FeedbackInput.FromText("e.json", "[]"), Config, new() { CandidateObjects = ["l"] }),
            Throws.ArgumentException.With.Message.Contains("'r' is compared"));

    private static Judgement One(string export) => LabelStudioExport.Read(FeedbackInput.FromText("export.json", export), Config).Judgements.Single();
}
