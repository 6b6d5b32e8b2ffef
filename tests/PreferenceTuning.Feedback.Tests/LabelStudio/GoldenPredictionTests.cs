using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.LabelStudio.Server;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>The recorded calls of a server to a prediction service: each is read, and answered as the good recorded answers were.</summary>
[TestFixture]
[Category("Golden")]
public sealed class GoldenPredictionTests
{
    public static IEnumerable<TestCaseData> Calls() => GoldenFolder.Files("*.jsonl", "label-studio", "ml-backend")
        .SelectMany(file => File.ReadLines(file).Select((line, index) =>
        {
            using var json = JsonDocument.Parse(line);
            return new TestCaseData(line).SetArgDisplayNames(
                $"{Path.GetFileName(file)} {index + 1} {Text(json.RootElement, "path")} {Text(json.RootElement, "trigger")}");
        }));

    [TestCaseSource(nameof(Calls))]
    public void A_recorded_call_is_read_as_what_it_asks(string line)
    {
        using var json = JsonDocument.Parse(line);
        var body = json.RootElement.GetProperty("body");
        var call = Read(json.RootElement);

        Assert.That(call.Kind, Is.EqualTo(Text(json.RootElement, "path").Split('/')[^1] switch
        {
            "health" => PredictionCallKind.Health,
            "setup" => PredictionCallKind.Setup,
            "versions" => PredictionCallKind.Versions,
            "predict" => PredictionCallKind.Predict,
            _ => PredictionCallKind.Event,
        }));
        Assert.That(call.Tasks.Select(task => task.Id), Is.EqualTo(Tasks(body).Select(task => task.GetProperty("id").GetInt64())));
        foreach (var (task, sent) in call.Tasks.Zip(Tasks(body)))
            AssertRead(task, sent.GetProperty("data"));
        if (body.ValueKind == JsonValueKind.Object)
            Assert.That(call.Project, Is.EqualTo(ProjectOf(body.GetProperty("project"))));
        Assert.That(call.Config?.Xml, Is.EqualTo(call.Kind switch
        {
            PredictionCallKind.Setup => Text(body, "schema"),
            PredictionCallKind.Predict => Text(body, "label_config"),
            _ => null,
        }));
        Assert.That(call.Hint?.Action, Is.EqualTo(call.Kind == PredictionCallKind.Event ? Text(body, "action") : null));
    }

    [TestCaseSource(nameof(Calls))]
    public void A_good_recorded_answer_is_given_again(string line)
    {
        using var json = JsonDocument.Parse(line);
        var recorded = json.RootElement;
        var mode = recorded.GetProperty("mode");
        var call = Read(recorded);
        var answer = recorded.GetProperty("answer");
        var good = recorded.GetProperty("answer_status").GetInt32() is >= 200 and < 300
            && (call.Kind != PredictionCallKind.Predict || Text(mode, "predict") is "good" or "good-with-model-version");
        if (!good)
        {
            // What the server drops or fails at cannot be said at all: an answer of another length is refused.
            Assert.That(
                () => Service(mode).Answer(call, new Judgement?[call.Tasks.Count + 1]), Throws.ArgumentException.With.Message.Contains("'opinions'"));
            return;
        }

        var service = Service(mode) with { EarlierVersions = Earlier(answer) };
        var given = service.Answer(call, [.. call.Tasks.Select((task, index) => Opinion(call, task, answer, index))]);

        Assert.That(given.Report.Notes, Is.Empty);
        Assert.That(
            JsonNode.DeepEquals(JsonNode.Parse(given.Json.Span), Accepted(answer, call)), System.Text.Encoding.UTF8.GetString(given.Json.Span));
    }

    private static PredictionCall Read(JsonElement recorded)
    {
        var body = recorded.GetProperty("body");
        return PredictionCall.Read(
            Text(recorded, "method"), Text(recorded, "path"),
            FeedbackInput.FromText("call", body.ValueKind == JsonValueKind.Null ? "" : body.GetRawText()));
    }

    private static PredictionService Service(JsonElement mode) =>
        new() { ModelVersion = Text(mode, "version"), ModelClass = "RewardRanker" };

    private static IEnumerable<JsonElement> Tasks(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("tasks", out var tasks) ? tasks.EnumerateArray() : [];

    private static void AssertRead(PredictionTask task, JsonElement data)
    {
        Assert.That(JsonElement.DeepEquals(task.Data, data));
        Assert.That(task.Item.Id, Is.EqualTo(task.Id.ToString()));
        Assert.That(task.Item.Prompt.Text, Is.EqualTo(Text(data, "prompt")));
        var texts = data.TryGetProperty("items", out var items)
            ? items.EnumerateArray().Select(item => Text(item, "body"))
            : [Text(data, "answer1"), Text(data, "answer2")];
        Assert.That(task.Item.Candidates.Select(candidate => candidate.Text.Text), Is.EqualTo(texts));
    }

    // "22.1795412005" in calls, an object in events.
    private static long ProjectOf(JsonElement project) => project.ValueKind == JsonValueKind.Object
        ? project.GetProperty("id").GetInt64()
        : long.Parse(project.GetString()!.Split('.')[0]);

    private static string[] Earlier(JsonElement answer) =>
        answer.TryGetProperty("versions", out var versions) ? [.. versions.EnumerateArray().Skip(1).Select(version => version.GetString()!)] : [];

    // The recorded opinion, read by the reader of exports.
    private static Judgement Opinion(PredictionCall call, PredictionTask task, JsonElement answer, int index)
    {
        var export = $$"""{"id":{{task.Id}},"data":{{task.Data.GetRawText()}},"predictions":[{{answer.GetProperty("results")[index].GetRawText()}}]}""";
        return LabelStudioExport.Read(FeedbackInput.FromText("recorded", export), call.Config!).Suggestions.Single();
    }

    /// <summary>
    /// The recorded answer with what this library writes on purpose in another way: regions are numbered from r1, the side is said of the
    /// first object (what the bulk route accepts, too), and the version is not repeated beside the results, where the server ignores it.
    /// </summary>
    private static JsonNode Accepted(JsonElement answer, PredictionCall call)
    {
        var json = JsonNode.Parse(answer.GetRawText())!;
        if (call.Kind != PredictionCallKind.Predict)
            return json;
        foreach (var region in json["results"]!.AsArray().SelectMany(result => result!["result"]!.AsArray()))
        {
            region!["id"] = "r1";
            region["to_name"] = call.Config!.ControlNamed((string)region["from_name"]!)!.Targets[0];
        }

        json.AsObject().Remove("model_version");
        return json;
    }

    private static string Text(JsonElement value, string name) => value.GetProperty(name).GetString()!;
}
