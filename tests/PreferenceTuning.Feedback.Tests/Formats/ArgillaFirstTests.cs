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
