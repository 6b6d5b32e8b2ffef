using System.Text;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.LabelStudio.Server;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

[TestFixture]
public sealed class PredictionServiceTests
{
    private static readonly PredictionService Service = new() { ModelVersion = "rm-2" };

    [Test]
    public void An_opinion_about_the_item_that_this_library_wrote_names_the_side_where_its_candidate_stands()
    {
        var call = Predict("""{"id":5,"data":{"prompt":"p","answer1":"x","answer2":"y"},"meta":{"pt":{"item":"i","left":"b","right":"a"}}}""");
        Assert.That(call.Tasks[0].Item.Id, Is.EqualTo("i"));
        Assert.That(call.Tasks[0].Item.Candidates.Select(one => $"{one.Id}={one.Text.Text}"), Is.EqualTo(new[] { "b=x", "a=y" }));

        // a stands on the right.
        Assert.That(Answer(call, Opinion(call, 0.75, ["a"], ["b"])), Is.EqualTo(
            """{"results":[{"model_version":"rm-2","score":0.75,"result":[{"id":"r1","from_name":"comparison","to_name":"answer1","type":"pairwise","value":{"selected":"right"}}]}]}"""));
    }

    [Test]
    public void No_opinion_is_an_empty_result_and_a_tie_that_cannot_be_stored_is_said()
    {
        var call = Predict(Task(5), Task(6));
        var answer = Service.Answer(call, [null, Opinion(call, 0.5, ["answer1", "answer2"])]);

        Assert.That(Encoding.UTF8.GetString(answer.Json.Span), Is.EqualTo(
            """{"results":[{"model_version":"rm-2","result":[]},{"model_version":"rm-2","score":0.5,"result":[]}]}"""));
        Assert.That(answer.Report.Records, Is.EqualTo(1));
        Assert.That(answer.Report.Notes.Single().Message, Does.Contain("tie"));
    }

    [Test]
    public void What_the_server_would_drop_or_store_wrongly_is_refused()
    {
        var call = Predict(Task(5));
        Assert.That(() => Service.Answer(call, []), Throws.ArgumentException.With.Message.Contains("1 tasks"));
        Assert.That(
            () => Service.Answer(call, [Opinion(call, double.NaN, ["answer1"], ["answer2"])]), Throws.ArgumentException.With.Message.Contains("task 5"));
        var stranger = Opinion(call, 1, ["answer1"]) with { Candidates = [new() { Id = "answer1", Text = "x" }, new() { Id = "z", Text = "z" }] };
        Assert.That(() => Service.Answer(call, [stranger]), Throws.ArgumentException.With.Message.Contains("'z'"));
        Assert.That(
            () => (Service with { ModelVersion = " " }).Answer(call, [null]), Throws.ArgumentException.With.Message.Contains("ModelVersion"));
    }

    [TestCase("GET", "/predict", "", "no call")]
    [TestCase("POST", "/train", "{}", "no call")]
    [TestCase("POST", "/predict", "", "JSON")]
    [TestCase("POST", "/predict", "[]", "an object")]
    [TestCase("POST", "/predict", """{"label_config":"<View/>"}""", "a list of tasks")]
    [TestCase("POST", "/predict", """{"label_config":"<View","tasks":[]}""", "XML")]
    [TestCase("POST", "/setup", """{"project":"x.1","schema":"<View/>"}""", "project's number")]
    [TestCase("POST", "/webhook", "{}", "action")]
    public void What_is_no_call_is_refused_with_the_reason(string method, string path, string body, string reason) =>
        Assert.That(
            () => PredictionCall.Read(method, path, FeedbackInput.FromText("call", body)),
            Throws.TypeOf<FeedbackFormatException>().With.Message.Contains(reason).And.Property("File").Not.Null);

    [Test]
    public void A_task_that_lacks_what_is_shown_is_named() => Assert.That(
        () => Predict("""{"id":5,"data":{"prompt":"p","answer1":"x"}}"""),
        Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("Task 5").And.Message.Contains("'answer2'"));

    private static string Task(long id) => $$$"""{"id":{{{id}}},"data":{"prompt":"p","answer1":"x","answer2":"y"}}""";

    private static PredictionCall Predict(params string[] tasks)
    {
        var config = System.Text.Json.JsonSerializer.Serialize(LabelingConfigs.Pairwise().Xml);
        return PredictionCall.Read("POST", "/predict?x=1", FeedbackInput.FromText(
            "call", $$"""{"tasks":[{{string.Join(',', tasks)}}],"project":"22.17","label_config":{{config}}}"""));
    }

    private static Judgement Opinion(PredictionCall call, double confidence, params IReadOnlyList<string>[] ranking) => new()
    {
        Prompt = call.Tasks[0].Item.Prompt,
        Candidates = call.Tasks[0].Item.Candidates,
        Confidence = confidence,
        Ranking = ranking,
    };

    private static string Answer(PredictionCall call, params Judgement?[] opinions) =>
        Encoding.UTF8.GetString(Service.Answer(call, opinions).Json.Span);
}
