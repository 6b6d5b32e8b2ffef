using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.LabelStudio.Server;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>The recorded exchanges with a real server, replayed.</summary>
[TestFixture]
[Category("Golden")]
public sealed class GoldenExchangeTests
{
    private const string Legacy = "adadadadadadadadadadadadadadadadadadadad";

    public static IEnumerable<TestCaseData> Exchanges() =>
        RecordedExchanges.All.Where(exchange => !exchange.IsForm).Select(exchange => new TestCaseData(exchange).SetArgDisplayNames(exchange.ToString()));

    [TestCaseSource(nameof(Exchanges))]
    public async Task Every_recorded_answer_is_taken_as_it_was_meant(object recorded)
    {
        var exchange = (RecordedExchange)recorded;
        using var server = LocalServer.InOrder(exchange.Reply);
        using var client = new LabelStudioClient(server.Address, Legacy, new() { Retries = 0 });
        var sending = client.Connection.SendAsync(
            new HttpMethod(exchange.Method), exchange.Path, exchange.Body is null ? null : RequestBody.Json(Encoding.UTF8.GetBytes(exchange.Body)),
            Repeat.Safe, default);

        if (exchange.Reply.Status is >= 200 and < 300)
        {
            var answer = await sending;
            Assert.That((int)answer.Status, Is.EqualTo(exchange.Reply.Status));
            Assert.That(answer.Body, Is.EqualTo(exchange.Method == "HEAD" || exchange.Reply.Status == 204 ? [] : exchange.Reply.Body));
        }
        else
        {
            var error = await Assert.ThrowsAsync<LabelStudioException>(async () => await sending);
            Assert.That((int)error!.Status!, Is.EqualTo(exchange.Reply.Status));
            if (DetailOf(exchange.Reply.Body) is { Length: > 0 } detail)
                Assert.That(error.Message, Does.Contain(detail));
        }

        Assert.That(server.Requests.Single().Path, Is.EqualTo(exchange.Path));
        Assert.That(server.Requests.Single().Body, Is.EqualTo(exchange.Body ?? ""));
    }

    [Test]
    public async Task The_recorded_session_with_a_personal_token_works_at_its_time()
    {
        var refresh = Recorded("POST", "/api/token/refresh/", 200);
        using var asked = JsonDocument.Parse(refresh.Body!);
        var clock = new JumpingClock(refresh.At);
        using var server = RecordedExchanges.Server(
            exchange => exchange.Scenario == refresh.Scenario && exchange.Seq >= refresh.Seq && exchange.Reply.Status == 200);
        using var client = new LabelStudioClient(server.Address, asked.RootElement.GetProperty("refresh").GetString()!, new(), clock);

        var user = await client.WhoAmIAsync();

        Assert.That(user.Email, Does.Contain("@"));
        var recordedCall = Recorded("GET", "/api/current-user/whoami", 200, after: refresh);
        Assert.That(server.Requests[^1].Authorization, Is.EqualTo(recordedCall.Authorization));
    }

    [Test]
    public async Task The_recorded_version_is_read()
    {
        var recorded = Recorded("GET", "/api/version/", 200);
        using var server = LocalServer.InOrder(recorded.Reply);
        using var client = new LabelStudioClient(server.Address, Legacy);
        using var json = JsonDocument.Parse(recorded.Reply.Body);

        var version = await client.GetVersionAsync();

        Assert.That(version.Release, Is.EqualTo(json.RootElement.GetProperty("release").GetString()));
        Assert.That(version.IsCommunity, Is.EqualTo(json.RootElement.GetProperty("edition").GetString() == "Community"));
    }

    public static IEnumerable<TestCaseData> WholeExports() => Cases(@"^/api/projects/(\d+)/export\?exportType=JSON&download_all_tasks=true$");

    [TestCaseSource(nameof(WholeExports))]
    public async Task A_recorded_export_of_all_tasks_is_fetched_byte_for_byte_and_read(object recorded, long project)
    {
        var exchange = (RecordedExchange)recorded;
        using var server = RecordedExchanges.Server(other => other.Reply.Status < 400);
        using var client = new LabelStudioClient(server.Address, Legacy, new() { Retries = 0 });

        var export = await client.ExportNowAsync(project, allTasks: true);

        Assert.That(export.Bytes.ToArray(), Is.EqualTo(exchange.Reply.Body));
        if (RecordedExchanges.All.Any(other => other.Path == $"/api/projects/{project}/" && other.Method == "GET" && other.Reply.Status == 200))
        {
            using var json = JsonDocument.Parse(export.Bytes);
            var annotations = json.RootElement.EnumerateArray().Sum(task => task.GetProperty("annotations").GetArrayLength());
            Assert.That(LabelStudioExport.Read(export, (await client.GetProjectAsync(project)).Config()).Judgements, Has.Count.EqualTo(annotations));
        }
    }

    public static IEnumerable<TestCaseData> Snapshots() => Cases(@"^/api/projects/(\d+)/exports/\d+/download\?exportType=JSON$")
        .Where(data => RecordedExchanges.All.Any(state => state.Method == "GET" && state.Reply.Status == 200 && state.Path == StateOf((RecordedExchange)data.Arguments[0]!)));

    [TestCaseSource(nameof(Snapshots))]
    public async Task A_recorded_snapshot_is_fetched_and_its_MD5_is_right(object recorded, long project)
    {
        var exchange = (RecordedExchange)recorded;
        using var server = RecordedExchanges.Server(other => other.Reply.Status < 400);
        using var client = new LabelStudioClient(server.Address, Legacy, new() { Retries = 0 });

        var snapshot = await client.DownloadSnapshotAsync(project, long.Parse(StateOf(exchange).Split('/')[^1]));

        Assert.That(snapshot.Bytes.ToArray(), Is.EqualTo(exchange.Reply.Body));
    }

    private static string StateOf(RecordedExchange download) => download.Path.Split("/download")[0];

    // The first of each path is the one that the replaying server answers first.
    private static IEnumerable<TestCaseData> Cases(string pattern) => RecordedExchanges.All
        .Where(exchange => exchange.Method == "GET" && exchange.Reply.Status == 200 && Regex.IsMatch(exchange.Path, pattern)).DistinctBy(exchange => exchange.Path)
        .Select(exchange => new TestCaseData(exchange, long.Parse(Regex.Match(exchange.Path, pattern).Groups[1].Value)).SetArgDisplayNames(exchange.ToString()));

    [Test]
    public async Task A_project_is_created_and_a_bad_config_refused_as_recorded()
    {
        var created = Recorded("POST", "/api/projects/", 201);
        var bad = Recorded(exchange => Regex.IsMatch(exchange.Path, @"^/api/projects/\d+/validate/$") && exchange.Reply.Status == 400, "a refused labelling config");
        using var server = LocalServer.InOrder(created.Reply, bad.Reply);
        using var client = new LabelStudioClient(server.Address, Legacy);

        var project = await client.CreateProjectAsync(new() { Title = "Round 2", Config = LabelingConfigs.Pairwise() });
        Assert.That(project.Id, Is.GreaterThan(0));
        var error = await Assert.ThrowsAsync<LabelStudioException>(() => client.ValidateConfigAsync(1, LabelingConfigs.Pairwise()));
        Assert.That(error!.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(error.Detail, Is.Not.Null);
    }

    [Test]
    public async Task A_recorded_list_is_walked_page_by_page()
    {
        bool IsPage(RecordedExchange exchange, bool isLast) =>
            exchange.Path.StartsWith("/api/projects/?", StringComparison.Ordinal) && exchange.Method == "GET" && exchange.Reply.Status == 200
            && JsonDocument.Parse(exchange.Reply.Body).RootElement is var root && root.GetProperty("results").GetArrayLength() > 0
            && isLast == (root.GetProperty("next").ValueKind == JsonValueKind.Null);
        var first = Recorded(exchange => IsPage(exchange, isLast: false), "a page of projects with another behind it");
        var last = Recorded(exchange => IsPage(exchange, isLast: true), "the last page of projects");
        using var server = LocalServer.InOrder(first.Reply, last.Reply);
        using var client = new LabelStudioClient(server.Address, Legacy, new() { PageSize = 3 });
        var titles = new List<string>();
        await foreach (var project in client.ListProjectsAsync())
            titles.Add(project.Title);

        var expected = new[] { first, last }.SelectMany(page => JsonDocument.Parse(page.Reply.Body).RootElement.GetProperty("results").EnumerateArray().Select(project => project.GetProperty("title").GetString()));
        Assert.That(titles, Is.EqualTo(expected));
        Assert.That(
            server.Requests.Select(request => request.Path),
            Is.EqualTo(new[] { "/api/projects/?page=1&page_size=3", "/api/projects/?page=2&page_size=3" }));
    }

    public static IEnumerable<TestCaseData> Hooks() => GoldenFolder.Files("*.jsonl", "label-studio", "webhooks")
        .SelectMany(file => File.ReadLines(file).Select((line, index) => new TestCaseData(line).SetArgDisplayNames($"{Path.GetFileName(file)} {index + 1}")));

    [TestCaseSource(nameof(Hooks))]
    public void A_recorded_webhook_is_a_hint(string line)
    {
        using var json = JsonDocument.Parse(line);
        var body = json.RootElement.GetProperty("body");
        var hint = LabelStudioHint.Parse(FeedbackInput.FromText("webhook", body.GetRawText()));

        Assert.That(hint.Action, Is.EqualTo(body.GetProperty("action").GetString()));
        Assert.That(hint.Project, Is.EqualTo(body.TryGetProperty("project", out var project) ? project.ValueKind == JsonValueKind.Object ? project.GetProperty("id").GetInt64() : project.GetInt64() : null));
        if (hint.Action.StartsWith("ANNOTATION", StringComparison.Ordinal))
            Assert.That(hint.ExportIsDue);
    }

    public static IEnumerable<TestCaseData> Clicks() =>
        GoldenFolder.Files("requests.jsonl", "label-studio", "ui").SelectMany(file => File.ReadLines(file).Select(line =>
    {
        using var json = JsonDocument.Parse(line);
        return new TestCaseData(line).SetArgDisplayNames(
            $"{json.RootElement.GetProperty("seq")} {json.RootElement.GetProperty("case").GetString()}");
    }));

    /// <summary>
    /// What the browser sends is what stands in the export afterwards; here only the values that it can send are checked to be known.
    /// </summary>
    [TestCaseSource(nameof(Clicks))]
    public void What_a_browser_sends_is_read(string line)
    {
        using var json = JsonDocument.Parse(line);
        var request = json.RootElement.GetProperty("request_body");
        var results = request.GetProperty("result").EnumerateArray().ToList();
        var names = results.Select(result => result.GetProperty("from_name").GetString()!).ToList();
        var buckets = results.Where(result => result.GetProperty("type").GetString() == "ranker").SelectMany(
            result => result.GetProperty("value").GetProperty("ranker").EnumerateObject().Select(bucket => bucket.Name)).ToList();
        var (data, config) = TaskFor(json.RootElement.GetProperty("path").GetString()!, names, buckets);
        var annotation = $$"""{"id":1,"was_cancelled":{{(request.TryGetProperty("was_cancelled", out var skipped) ? skipped.GetRawText() : "false")}},"lead_time":{{request.GetProperty("lead_time").GetRawText()}},"result":{{request.GetProperty("result").GetRawText()}}}""";
        var reading = LabelStudioExport.Read(
            FeedbackInput.FromText("click", $$"""{"id":1,"data":{{data}},"annotations":[{{annotation}}]}"""), config);
        var judgement = reading.Judgements.Single();

        Assert.That(judgement.Seconds, Is.EqualTo(request.GetProperty("lead_time").GetDouble()));
        Assert.That(judgement.Flags.Contains(JudgementFlag.EmptyAnswer), Is.EqualTo(results.Count == 0 && !judgement.Skipped));
        if (!judgement.Flags.Contains(JudgementFlag.AmbiguousCandidates))
            Assert.That(judgement.Flags, Does.Not.Contain(JudgementFlag.UnknownValue));
        if (results.Any(result => result.GetProperty("type").GetString() == "pairwise"))
            Assert.That(judgement.Preferred, Is.Not.Null);
    }

    public static IEnumerable<TestCaseData> Others() => Directory.Exists(GoldenFolder.Path("label-studio"))
        ? GoldenFolder.Folders("label-studio")
            .Select(Path.GetFileName).Where(name => name is not ("exchanges" or "exports" or "ml-backend" or "ui" or "webhooks"))
            .Select(name => new TestCaseData(name).SetArgDisplayNames(name!))
        : [];

    [TestCaseSource(nameof(Others))]
    public void Other_recordings_belong_to_other_parts(string folder) =>
        Assert.Ignore($"No test knows what recordings of the kind '{folder}' hold.");

    // The task's data stand in the export of the same session.
    private static (string Data, LabelingConfig Config) TaskFor(string path, List<string> controls, List<string> buckets)
    {
        var fromPath = path.Contains("/annotations/", StringComparison.Ordinal)
            ? path.Split("taskID=")[1].Split('&')[0]
            : path.Split('/')[3];
        foreach (var file in GoldenFolder.Files("*.json", "label-studio", "ui").Where(file => !file.EndsWith(".min.json", StringComparison.Ordinal)))
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var task in json.RootElement.EnumerateArray().Where(task => task.GetProperty("id").ToString() == fromPath))
            {
                var data = task.GetProperty("data");
                return (
                    data.GetRawText(),
                    RecordedConfigs.For([.. data.EnumerateObject().Select(property => property.Name)], controls, buckets));
            }
        }

        throw new InvalidDataException($"No recorded export holds task {fromPath}.");
    }

    private static RecordedExchange Recorded(string method, string path, int status, RecordedExchange? after = null) => Recorded(
        exchange => exchange.Method == method && exchange.Path == path && exchange.Reply.Status == status
            && (after is null || (exchange.Scenario == after.Scenario && exchange.Seq > after.Seq)),
        $"{method} {path}");

    private static RecordedExchange Recorded(Func<RecordedExchange, bool> fits, string what)
    {
        var found = RecordedExchanges.All.FirstOrDefault(fits);
        if (found is null)
            Assert.Ignore($"The set holds no recording of {what}.");
        return found!;
    }

    private static string? DetailOf(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object && !json.RootElement.TryGetProperty("validation_errors", out _)
                && json.RootElement.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String
                    && detail.GetString()!.Length < 400
                    ? detail.GetString()
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
