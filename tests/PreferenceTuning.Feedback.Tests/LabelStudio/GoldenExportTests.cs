using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>Every recorded export, compared with what a plain walk over its JSON says.</summary>
[TestFixture]
[Category("Golden")]
public sealed class GoldenExportTests
{
    /// <summary>Every file of both folders and of whatever folders they hold.</summary>
    public static IEnumerable<TestCaseData> Files() => new[] { "exports", "ui" }.Select(folder => GoldenFolder.Path("label-studio", folder))
        .Where(Directory.Exists).SelectMany(folder => Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        .Select(file => new TestCaseData(file).SetArgDisplayNames(Path.GetRelativePath(GoldenFolder.Path("label-studio"), file)));

    [TestCaseSource(nameof(Files))]
    public void A_recorded_export_is_read_completely(string file)
    {
        var extension = Path.GetExtension(file);
        if (extension == ".jsonl")
            Assert.Ignore("A log of requests, read by the client's tests.");
        if (file.EndsWith(".min.json", StringComparison.Ordinal) || extension is ".csv" or ".tsv")
            CompareTable(file);
        else if (extension is ".json" or "")
            CompareExport(file);
        else
            Assert.Ignore($"No reader for {extension} files.");
    }

    private static void CompareExport(string file)
    {
        var tasks = Tasks(file);
        var reading = LabelStudioExport.Read(FeedbackInput.FromFile(file), ConfigOf(tasks));
        var expected = tasks.SelectMany(task => task.Annotations.Select(annotation => (task, annotation))).ToList();

        Assert.That(reading.Judgements, Has.Count.EqualTo(expected.Count));
        foreach (var (judgement, (task, annotation)) in reading.Judgements.Zip(expected))
        {
            Assert.Multiple(() =>
            {
                Assert.That(judgement.Id, Is.EqualTo(annotation.GetProperty("id").ToString()));
                Assert.That(judgement.Annotator, Is.EqualTo(UserOf(annotation.GetProperty("completed_by"))));
                Assert.That(judgement.Skipped, Is.EqualTo(annotation.GetProperty("was_cancelled").GetBoolean()));
                Assert.That(judgement.Gold, Is.EqualTo(annotation.GetProperty("ground_truth").GetBoolean()));
                Assert.That(judgement.Seconds, Is.EqualTo(Number(annotation, "lead_time")));
                Assert.That(judgement.Source!.Sha256, Has.Length.EqualTo(64));
                CompareAnswers(judgement, task.Data, annotation);
            });
        }

        var predictions = tasks.SelectMany(task => task.Predictions).Count(prediction => prediction.ValueKind == JsonValueKind.Object);
        Assert.That(reading.Suggestions, Has.Count.EqualTo(predictions));
        AssertRoundTrip(reading);
    }

    private static void CompareAnswers(Judgement judgement, JsonElement data, JsonElement annotation)
    {
        var results = annotation.TryGetProperty("result", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().ToList()
            : [];
        foreach (var result in results.Where(_ => !judgement.Skipped))
        {
            var value = result.GetProperty("value");
            var name = result.GetProperty("from_name").GetString();
            switch (result.GetProperty("type").GetString())
            {
                case "pairwise" when name == "comparison":
                    var side = value.GetProperty("selected").GetString();
                    Assert.That(
                        judgement.Preferred is { } id ? judgement.CandidateOf(id).Text.Text : null,
                        Is.EqualTo(side == "left" ? data.GetProperty("answer1").GetString() : side == "right" ? data.GetProperty("answer2").GetString() : null));
                    Assert.That(judgement.Flags.Contains(JudgementFlag.UnknownValue), Is.EqualTo(side is not ("left" or "right")));
                    break;
                case "rating":
                    Assert.That(
                        judgement.Ratings.Single(rating => rating.Question == name).Value,
                        Is.EqualTo(value.GetProperty("rating").GetDouble()));
                    break;
                case "number":
                    Assert.That(
                        judgement.Ratings.Single(rating => rating.Question == name).Value,
                        Is.EqualTo(value.GetProperty("number").GetDouble()));
                    break;
                case "textarea":
                    Assert.That(
                        judgement.Texts.Where(text => text.Question == name).Select(text => text.Value.Text),
                        Is.EqualTo(value.GetProperty("text").EnumerateArray().Select(text => text.GetString())));
                    break;
                case "taxonomy":
                    Assert.That(judgement.Labels.Where(label => label.Question == name).Select(label => string.Join('/', label.Path!)),
                        Is.EqualTo(value.GetProperty("taxonomy").EnumerateArray().Select(path => string.Join('/', path.EnumerateArray().Select(part => part.GetString())))));
                    break;
                case "choices":
                    CompareChoices(judgement, data, name!, value);
                    break;
                case "ranker":
                    CompareRanker(judgement, data, value.GetProperty("ranker"));
                    break;
                default:
                    Assert.That(judgement.Extra, Does.ContainKey("results"), "a result that has no place must be kept as it is");
                    break;
            }
        }

        if (results.Count == 0 && !judgement.Skipped)
            Assert.That(judgement.Flags, Does.Contain(JudgementFlag.EmptyAnswer));
    }

    private static void CompareChoices(Judgement judgement, JsonElement data, string name, JsonElement value)
    {
        var stored = value.GetProperty("choices").EnumerateArray().Select(choice => choice.GetString()!).ToList();
        if (judgement.Ranking is null)
            Assert.That(judgement.Labels.Where(label => label.Question == name).Select(label => label.Value), Is.EqualTo(stored));
        else if (stored[0].Equals("tie", StringComparison.OrdinalIgnoreCase))
            Assert.That(judgement.IsTie);
        else
            Assert.That(
                judgement.CandidateOf(judgement.Preferred!).Text.Text,
                Is.EqualTo(data.GetProperty(stored[0].ToLowerInvariant()).GetString()));
    }

    private static void CompareRanker(Judgement judgement, JsonElement data, JsonElement ranker)
    {
        var items = data.GetProperty("items").EnumerateArray().ToList();
        var ids = items.Select(item => item.TryGetProperty("id", out var id) ? id.ToString() : "undefined").ToList();
        if (ids.Distinct().Count() < ids.Count)
        {
            Assert.That(judgement.Ranking, Is.Null, "items that cannot be told apart have no order");
            Assert.That(judgement.Flags, Does.Contain(JudgementFlag.AmbiguousCandidates));
            return;
        }

        var order = ranker.ValueKind == JsonValueKind.Array ? ranker : ranker.TryGetProperty("rank", out var rank) ? rank : default;
        if (order.ValueKind != JsonValueKind.Array)
        {
            var moved = ranker.EnumerateObject().Where(bucket => bucket.Name != "_")
                .SelectMany(bucket => bucket.Value.EnumerateArray().Select(id => $"{id}:{bucket.Name}"));
            Assert.That(judgement.Labels.Select(label => $"{label.Candidate}:{label.Value}"), Is.EquivalentTo(moved));
            return;
        }

        var expected = order.EnumerateArray().Select(id => id.ToString()).ToList();
        if (expected.All(ids.Contains))
            Assert.That(judgement.Ranking!.Select(group => group.Single()), Is.EqualTo(expected));
        var screen = ids.OrderBy(id => int.TryParse(id, out _) ? 0 : 1)
            .ThenBy(id => int.TryParse(id, out var number) ? number : 0).ToList();
        Assert.That(judgement.Flags.Contains(JudgementFlag.UntouchedOrder), Is.EqualTo(expected.SequenceEqual(screen)));
        Assert.That(
            judgement.Flags.Contains(JudgementFlag.PartialRanking), Is.EqualTo(expected.Count < ids.Count && expected.All(ids.Contains)));
    }

    private static void CompareTable(string file)
    {
        var stem = file[..^(file.EndsWith(".min.json", StringComparison.Ordinal) ? ".min.json".Length : Path.GetExtension(file).Length)];
        var whole =
            new[] { stem + ".json", stem.Replace("-export_type", "", StringComparison.Ordinal) + ".json" }.FirstOrDefault(File.Exists);
        if (whole is null)
        {
            Assert.Ignore("No JSON export beside it to compare with.");
            return;
        }

        var config = ConfigOf(Tasks(whole));
        var input = FeedbackInput.FromFile(file);
        var table = Path.GetExtension(file) == ".json"
            ? LabelStudioTable.ReadJsonMin(input, config)
            : LabelStudioTable.ReadSeparated(input, config);
        var full = LabelStudioExport.Read(FeedbackInput.FromFile(whole), config)
            .Judgements.Where(judgement => !judgement.Skipped).ToDictionary(judgement => judgement.Id!);

        Assert.That(table.Judgements.Select(judgement => judgement.Id), Is.EquivalentTo(full.Keys), "all but skipped annotations");
        foreach (var judgement in table.Judgements)
            Assert.That(Simplified(judgement), Is.EqualTo(Simplified(full[judgement.Id!])), $"annotation {judgement.Id}");
        Assert.That(
            table.Judgements.Count == 0 || table.Report.Notes.Any(note => note.Kind == ConversionNoteKind.Lost), "losses must be said");
        AssertRoundTrip(table);
    }

    // What the tables can hold: the answer in words, who, when, how long.
    private static string Simplified(Judgement judgement)
    {
        string? Words(string? id) => id is null ? null : judgement.CandidateOf(id).Text.ToPlainText();
        var ranking = judgement.Ranking is null
            ? "none"
            : string.Join(" > ", judgement.Ranking.Select(group => string.Join(" = ", group.Select(Words))));
        var answers = judgement.Ratings.Select(rating => $"{rating.Question} {Words(rating.Candidate)} {rating.Value}")
            .Concat(judgement.Labels.Select(label => $"{label.Question} {Words(label.Candidate)} {string.Join('/', label.Path ?? [label.Value])}"))
            .Concat(judgement.Texts.Select(text => $"{text.Question} {text.Value.Text}")).Order(StringComparer.Ordinal);
        return string.Create(CultureInfo.InvariantCulture,
            $"{judgement.Prompt.ToPlainText()} | {ranking} | {string.Join("; ", answers)} | {judgement.Annotator} | {judgement.Seconds} | {judgement.CreatedAt:O} | {judgement.UpdatedAt:O} | {judgement.Flags.Contains(JudgementFlag.UntouchedOrder)}");
    }

    private static void AssertRoundTrip(FeedbackReading reading)
    {
        var once = Judgements.JudgementJsonLinesTests.Write(reading.Judgements.Concat(reading.Suggestions));
        Assert.That(Judgements.JudgementJsonLinesTests.Write(JudgementJsonLines.Read(new FeedbackInput("again", once))), Is.EqualTo(once));
    }

    private sealed record Task(JsonElement Data, List<JsonElement> Annotations, List<JsonElement> Predictions);

    private static List<Task> Tasks(string file)
    {
        var root = JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;
        var records = root.ValueKind == JsonValueKind.Array ? root.EnumerateArray().ToList() : [root];
        return [.. records.Select(record => record.TryGetProperty("task", out var task) && task.ValueKind == JsonValueKind.Object
            ? new Task(task.GetProperty("data"), [record], [])
            : new Task(record.GetProperty("data"), List(record, "annotations"), List(record, "predictions")))];
    }

    private static List<JsonElement> List(JsonElement record, string name) =>
        record.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static LabelingConfig ConfigOf(List<Task> tasks)
    {
        if (tasks.Count == 0)
            return LabelingConfigs.Pairwise();
        var keys = tasks.Select(
            task => task.Data.EnumerateObject().Select(property => property.Name))
                .Aggregate((left, right) => left.Intersect(right)).ToList();
        var results = tasks.SelectMany(task => task.Annotations).Where(
            annotation => annotation.GetProperty("result").ValueKind == JsonValueKind.Array)
            .SelectMany(annotation => annotation.GetProperty("result").EnumerateArray()).ToList();
        var names = results.Select(result => result.TryGetProperty("from_name", out var name) ? name.GetString()! : "").Distinct().ToList();
        var buckets = results.Select(result => result.GetProperty("value")).Where(
            value => value.TryGetProperty("ranker", out var ranker) && ranker.ValueKind == JsonValueKind.Object)
            .SelectMany(value => value.GetProperty("ranker").EnumerateObject().Select(bucket => bucket.Name)).Distinct().ToList();
        return RecordedConfigs.For(keys, names, buckets);
    }

    private static string? UserOf(JsonElement user) =>
        user.ValueKind == JsonValueKind.Object ? user.GetProperty("id").ToString() : user.ValueKind == JsonValueKind.Null ? null : user.ToString();

    private static double? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number ? number.GetDouble() : null;
}
