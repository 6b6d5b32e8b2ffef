using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Tests.Formats;

/// <summary>Argilla 1's Hub export, whose layout no golden file holds.</summary>
[TestFixture]
public sealed class ArgillaFirstTests
{
    internal const string Record = """
        [{"instruction":"Name a prime.","response-1":"4","response-2":"7","external_id":"e1","metadata":"{}",
        "better":[{"user_id":"ana","value":[{"value":"response-2","rank":1},{"value":"response-1","rank":1}],"status":"submitted"},{"user_id":"bo","value":[{"value":"response-2","rank":1},{"value":"response-1","rank":2}],"status":"draft"}],
        "better-suggestion":null,"better-suggestion-metadata":{"type":null,"score":null,"agent":null},
        "quality":{"user_id":["ana"],"value":[4],"status":["submitted"]},"quality-suggestion":5,"quality-suggestion-metadata":{"type":"model","score":0.5,"agent":"rm"}}]
        """;

    [Test]
    public void Ranks_with_ties_drafts_and_both_forms_of_answers_are_read()
    {
        var reading = FeedbackFormats.Read(FeedbackInput.FromText("v1.json", Record));
        var (ana, bo) = (reading.Judgements[0], reading.Judgements[1]);

        Assert.Multiple(() =>
        {
            Assert.That(ana.Item, Is.EqualTo("e1"));
            Assert.That(ana.Prompt.Text, Is.EqualTo("Name a prime."));
            Assert.That(ana.IsTie, "both have rank 1");
            Assert.That(ana.Ratings, Is.EqualTo(new[] { new Rating(4, "quality") }));
            Assert.That(bo.CandidateOf(bo.Preferred!).Text.Text, Is.EqualTo("7"));
            Assert.That(bo.Flags, Does.Contain(JudgementFlag.NotSubmitted));
            Assert.That(reading.Suggestions.Single().Annotator, Is.EqualTo("rm"));
            Assert.That(reading.Suggestions.Single().Confidence, Is.EqualTo(0.5));
            Assert.That(reading.Suggestions.Single().AnnotatorKind, Is.EqualTo(AnnotatorKind.Model));
        });
    }

    /// <summary>
    /// The shapes of Argilla 1's own exporter (<c>HuggingFaceDatasetMixin._huggingface_format</c>): a question is a list of user_id, value
    /// and status; a ranking is a Sequence of objects, which the Hub's library hands out as an object of lists; users without id are null.
    /// </summary>
    [Test]
    public void Rankings_as_the_Hub_hands_them_out_and_users_without_id_are_read()
    {
        const string Rows = """
            {"instruction":"p","response-1":"x","response-2":"y","response-3":"z","order":[{"user_id":null,"value":{"rank":[2,1,2],"value":["response-1","response-2","response-3"]},"status":"submitted"}],"why":[{"user_id":null,"value":"shorter","status":"submitted"}],"external_id":"e","metadata":"{}"}
            """;
        var reading = FeedbackFormats.Read(FeedbackInput.FromText("v1.jsonl", Rows));
        var judgement = reading.Judgements.Single();

        Assert.That(
            judgement.Ranking!.Select(group => string.Join('=', group.Select(id => judgement.CandidateOf(id).Text.Text))),
            Is.EqualTo(new[] { "y", "x=z" }));
        Assert.That(judgement.Texts.Single().Value.Text, Is.EqualTo("shorter"));
        Assert.That((judgement.Annotator, judgement.Item), Is.EqualTo(((string?)null, "e")));
        Assert.That(
            () => FeedbackFormats.Read(FeedbackInput.FromText("v1.jsonl", Rows.Replace("[2,1,2]", "[2,1]"))),
            Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("differ in length"));
    }

    [TestCase("""[{"user_id":null,"value":"response-1"},{"user_id":null,"value":"response-2"}]""", """[{"user_id":null,"value":3},{"user_id":null,"value":4}]""")]
    [TestCase("""{"user_id":[null,null],"value":["response-1","response-2"]}""", """{"user_id":[null,null],"value":[3,4]}""")]
    public void Two_users_without_id_are_two(string best, string quality)
    {
        var row = $$"""{"prompt":"p","response-1":"x","response-2":"y","best":{{best}},"quality":{{quality}},"external_id":"e"}""";
        var judgements = FeedbackFormats.Read(FeedbackInput.FromText("v1.jsonl", row)).Judgements;

        Assert.That(judgements.Select(one => one.CandidateOf(one.Preferred!).Text.Text), Is.EqualTo(new[] { "x", "y" }));
        Assert.That(judgements.Select(one => one.Ratings.Single().Value), Is.EqualTo(new[] { 3, 4 }));
        Assert.That(judgements.SelectMany(one => one.Labels), Is.Empty);
    }

    [Test]
    public void Options_say_what_the_file_does_not()
    {
        var reading = Argilla.Read(FeedbackInput.FromText("x.json", """[{"id":"1","fields":{"q":"p","left":"x","right":"y"},"responses":{"tone":[{"value":"rude","user_id":"u"}],"pick":[{"value":"right","user_id":"u"}]},"suggestions":{}}]"""),
            new() { PromptField = "q", CandidateFields = ["left", "right"], PreferenceQuestion = "pick", LabelQuestions = ["tone"] });
        var judgement = reading.Judgements.Single();

        Assert.That(judgement.CandidateOf(judgement.Preferred!).Text.Text, Is.EqualTo("y"));
        Assert.That(judgement.Labels, Is.EqualTo(new[] { new Label("rude", "tone") }));
        Assert.That(judgement.Texts, Is.Empty);
    }
}
