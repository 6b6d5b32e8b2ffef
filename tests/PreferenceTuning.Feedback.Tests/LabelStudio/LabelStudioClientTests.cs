using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.LabelStudio.Server;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

[TestFixture]
public sealed class LabelStudioClientTests
{
    private const string Legacy = "adadadadadadadadadadadadadadadadadadadad";
    private const string Me = """{"id":1,"email":"admin@example.com"}""";

    private readonly JumpingClock _clock = new(new DateTimeOffset(2026, 11, 23, 5, 33, 0, TimeSpan.Zero));

    [SetUp]
    public void SetUp() => _waitsBefore = _clock.Waits.Count;

    private int _waitsBefore;

    private IEnumerable<double> Waits => _clock.Waits.Skip(_waitsBefore).Select(wait => wait.TotalSeconds);

    [Test]
    public async Task A_legacy_token_is_sent_as_it_is()
    {
        using var server = LocalServer.InOrder(Reply.Json(Me));
        using var client = Client(server);

        Assert.That(await client.WhoAmIAsync(), Is.EqualTo(new LabelStudioUser(1, "admin@example.com")));
        Assert.That(server.Requests.Single().Authorization, Is.EqualTo("Token " + Legacy));
    }

    [Test]
    public async Task A_personal_token_is_exchanged_once_and_again_when_the_access_token_ends()
    {
        var personal = Jwt(TimeSpan.FromDays(9), "refresh");
        using var server = LocalServer.InOrder(Access("first"), Reply.Json(Me), Reply.Json(Me), Access("second"), Reply.Json(Me));
        using var client = new LabelStudioClient(server.Address, personal, new(), _clock);

        await client.WhoAmIAsync();
        await client.WhoAmIAsync();
        _clock.Set(_clock.GetUtcNow() + TimeSpan.FromMinutes(5));
        await client.WhoAmIAsync();

        Assert.That(server.Requests.Select(request => request.Path), Is.EqualTo(new[]
        {
            "/api/token/refresh/", "/api/current-user/whoami", "/api/current-user/whoami", "/api/token/refresh/", "/api/current-user/whoami",
        }));
        Assert.That(server.Requests[0].Authorization, Is.Null);
        Assert.That(server.Requests[0].Body, Is.EqualTo($$"""{"refresh":"{{personal}}"}"""));
        Assert.That(server.Requests[1].Authorization, Does.StartWith("Bearer ").And.Not.Contains(personal));
        Assert.That(server.Requests[4].Authorization, Is.Not.EqualTo(server.Requests[1].Authorization));
    }

    [Test]
    public async Task A_401_in_the_middle_brings_one_fresh_access_token()
    {
        using var server = LocalServer.InOrder(Access("first"), Unauthorized(), Access("second"), Reply.Json(Me));
        using var client = new LabelStudioClient(server.Address, Jwt(TimeSpan.FromDays(9), "refresh"), new(), _clock);

        await client.WhoAmIAsync();

        Assert.That(server.Requests, Has.Count.EqualTo(4));
        Assert.That(server.Requests[3].Authorization, Is.Not.EqualTo(server.Requests[1].Authorization));
    }

    [Test]
    public async Task A_second_401_is_final_and_says_so_without_the_token()
    {
        using var server = LocalServer.InOrder(Access("first"), Unauthorized(), Access("second"), Unauthorized());
        var personal = Jwt(TimeSpan.FromDays(9), "refresh");
        using var client = new LabelStudioClient(server.Address, personal, new(), _clock);

        var error = (await Assert.ThrowsAsync<LabelStudioException>(() => client.WhoAmIAsync()))!;

        Assert.That(error.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(error.Detail, Does.Contain("credentials"));
        Assert.That(error.ToString(), Does.Not.Contain(personal));
        Assert.That(Waits, Is.Empty);
    }

    [Test]
    public async Task Requests_at_the_same_time_share_one_refresh()
    {
        var refreshes = 0;
        using var server = new LocalServer(request => request.Path == "/api/token/refresh/" ? Access($"n{Interlocked.Increment(ref refreshes)}") : Reply.Json(Me));
        using var client = new LabelStudioClient(server.Address, Jwt(TimeSpan.FromDays(9), "refresh"), new(), _clock);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.WhoAmIAsync()));

        Assert.That(refreshes, Is.EqualTo(1));
    }

    [Test]
    public void Tokens_that_cannot_work_are_refused_at_once()
    {
        Assert.That(() => new LabelStudioClient(new("http://x"), Jwt(TimeSpan.FromDays(-1), "refresh"), null, _clock), Throws.ArgumentException.With.Message.Contains("expired"));
        Assert.That(() => new LabelStudioClient(new("http://x"), "a\r\nX: y"), Throws.ArgumentException);
        Assert.That(() => new LabelStudioClient(new("file:///x"), Legacy), Throws.ArgumentException);
    }

    [Test]
    public async Task Waits_grow_and_Retry_After_is_obeyed()
    {
        using var server = LocalServer.InOrder(
            Reply.Json("{}", 500), Reply.Json("{}", 503), Reply.Json("{}", 429).With("Retry-After", "7"),
            Reply.Json("{}", 429).With("Retry-After", (_clock.GetUtcNow() + TimeSpan.FromSeconds(1 + 2 + 7 + 30)).ToString("R")), Reply.Json(Me));
        using var client = Client(server);

        await client.WhoAmIAsync();

        // 1 s, 2 s, the server's 7 s, and until the server's date, which by then is 30 s away
        Assert.That(Waits, Is.EqualTo(new[] { 1.0, 2.0, 7.0, 30.0 }));
    }

    [Test]
    public async Task A_server_that_keeps_failing_is_given_up_on_and_one_that_asks_for_an_hour_too()
    {
        using var failing = new LocalServer(_ => Reply.Json("""{"detail":"boom"}""", 500));
        using var client = Client(failing);
        var error = (await Assert.ThrowsAsync<LabelStudioException>(() => client.WhoAmIAsync()))!;
        Assert.That(error.Detail, Is.EqualTo("boom"));
        Assert.That(failing.Requests, Has.Count.EqualTo(5), "one request and four repeats");

        using var slow = new LocalServer(_ => Reply.Json("{}", 429).With("Retry-After", "3600"));
        using var other = Client(slow);
        Assert.That(() => other.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("01:00:00"));
    }

    [Test]
    public async Task Half_a_body_and_a_cut_connection_are_repeated()
    {
        using var server = LocalServer.InOrder(Reply.Cut(Me, 10), Reply.Json("") with { NoAnswer = true }, Reply.Json(Me));
        using var client = Client(server);

        Assert.That((await client.WhoAmIAsync()).Id, Is.EqualTo(1));
        Assert.That(server.Requests, Has.Count.EqualTo(3));
    }

    [Test]
    public void The_token_does_not_follow_a_redirect_to_another_host()
    {
        using var stranger = new LocalServer(_ => Reply.Json(Me));
        using var server = new LocalServer(_ => Reply.Json("", 302).With("Location", new Uri(stranger.Address, "/api/current-user/whoami").ToString()));
        using var client = Client(server);

        Assert.That(() => client.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("not sent there"));
        Assert.That(stranger.Requests, Is.Empty);
    }

    [Test]
    public async Task A_redirect_on_the_server_is_followed_for_reading_only()
    {
        using var server = LocalServer.InOrder(Reply.Json("", 301).With("Location", "/api/elsewhere"), Reply.Json(Me));
        using var client = Client(server);
        await client.WhoAmIAsync();
        Assert.That(server.Requests[1].Path, Is.EqualTo("/api/elsewhere"));

        using var circle = new LocalServer(request => Reply.Json("", 302).With("Location", request.Path));
        using var dizzy = Client(circle);
        Assert.That(() => dizzy.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("circle"));
        using var posting = new LocalServer(_ => Reply.Json("", 302).With("Location", "/x"));
        using var poster = Client(posting);
        Assert.That(() => poster.CreateProjectAsync(Settings()), Throws.TypeOf<LabelStudioException>().With.Message.Contains("final address"));
    }

    [Test]
    public void Nobody_there_a_page_of_HTML_and_a_wrong_shape_are_told_apart()
    {
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        using var nobody = new LabelStudioClient(new Uri($"http://127.0.0.1:{port}"), Legacy, new() { Retries = 1 }, _clock);
        Assert.That(() => nobody.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("No whole answer"));

        using var html = new LocalServer(_ => new Reply(200, Encoding.UTF8.GetBytes("<html>login</html>"), "text/html"));
        using var client = Client(html);
        Assert.That(() => client.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("not JSON"));

        using var odd = new LocalServer(_ => Reply.Json("""{"id":"one"}"""));
        using var other = Client(odd);
        Assert.That(() => other.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("another shape").And.Message.Contains("id"));
    }

    [Test]
    public void An_answer_without_end_is_stopped_at_the_limit()
    {
        using var server = new LocalServer(_ => new Reply(200, new byte[3000]));
        using var client = new LabelStudioClient(server.Address, Legacy, new() { MostBytes = 2000 }, _clock);

        Assert.That(() => client.ExportNowAsync(1), Throws.TypeOf<LabelStudioException>().With.Message.Contains("2000 bytes"));
    }

    [Test]
    public void Cancelling_stops_a_wait()
    {
        using var cancel = new CancellationTokenSource();
        using var server = new LocalServer(_ =>
        {
            cancel.Cancel();
            return Reply.Json("{}", 500);
        });
        using var client = new LabelStudioClient(server.Address, Legacy);

        Assert.That(() => client.WhoAmIAsync(cancel.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Creating_is_not_repeated_when_the_answer_was_lost()
    {
        using var server = new LocalServer(_ => Reply.Json("") with { NoAnswer = true });
        using var client = Client(server);

        Assert.That(() => client.CreateProjectAsync(Settings()), Throws.TypeOf<LabelStudioException>());
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task An_import_whose_answer_was_lost_is_not_sent_twice_and_a_second_call_sends_nothing()
    {
        var store = new TaskStore(loseFirstAnswer: true);
        using var server = new LocalServer(store.Answer);
        using var client = new LabelStudioClient(server.Address, Legacy, new() { ImportBatch = 4, PageSize = 3 }, _clock);
        var tasks = Tasks(10);

        var first = await client.ImportAsync(7, tasks);
        var second = await client.ImportAsync(7, tasks);

        Assert.That(first, Is.EqualTo(new LabelStudioImport(10, 0, 0, 0)));
        Assert.That(second, Is.EqualTo(new LabelStudioImport(0, 10, 0, 0)));
        Assert.That(store.Items, Is.EqualTo(Enumerable.Range(0, 10).Select(number => $"p{number}")));
    }

    [Test]
    public async Task Other_editions_answer_with_jobs()
    {
        using var server = new LocalServer(request => request.Path switch
        {
            "/api/version/" => Reply.Json("""{"release":"2.0","edition":"Enterprise"}"""),
            "/api/projects/7/exports/" => Reply.Json("""{"id":3,"status":"created","md5":null}""", 201),
            "/api/projects/7/exports/3" => Reply.Json($$"""{"id":3,"status":"{{(_clock.Waits.Count - _waitsBefore < 2 ? "in_progress" : "completed")}}","md5":"d751713988987e9331980363e24189ce"}"""),
            "/api/projects/7/exports/3/download?exportType=JSON" => Reply.Json("[]"),
            "/api/projects/7/imports/5/" => Reply.Json("""{"status":"completed","task_count":2,"prediction_count":1}"""),
            _ when request.Path.StartsWith("/api/tasks/", StringComparison.Ordinal) => Reply.Json("""{"tasks":[],"total":0}"""),
            _ => Reply.Json("""{"import":5}""", 201),
        });
        using var client = Client(server);

        // d751713988987e9331980363e24189ce is the MD5 of "[]".
        Assert.That(Encoding.UTF8.GetString((await client.ExportAsync(7)).Bytes.Span), Is.EqualTo("[]"));
        Assert.That(Waits, Is.EqualTo(new[] { 2.0, 2.0 }));
        Assert.That(await client.ImportAsync(7, Tasks(2)), Is.EqualTo(new LabelStudioImport(2, 0, 0, 1)));
    }

    [Test]
    public void A_torn_snapshot_a_failed_one_and_one_that_never_ends_are_told()
    {
        string Status(string path) => path.Contains("/exports/1", StringComparison.Ordinal) ? "completed" : path.Contains("/exports/2", StringComparison.Ordinal) ? "failed" : "in_progress";
        using var server = new LocalServer(request => request.Path.Contains("download", StringComparison.Ordinal)
            ? Reply.Json("[1]")
            : Reply.Json($$"""{"id":1,"status":"{{Status(request.Path)}}","md5":"d751713988987e9331980363e24189ce"}"""));
        using var client = Client(server);

        Assert.That(() => client.DownloadSnapshotAsync(7, 1), Throws.TypeOf<LabelStudioException>().With.Message.Contains("MD5"));
        Assert.That(() => client.DownloadSnapshotAsync(7, 2), Throws.TypeOf<LabelStudioException>().With.Message.Contains("failed"));
        Assert.That(() => client.DownloadSnapshotAsync(7, 3), Throws.TypeOf<LabelStudioException>().With.Message.Contains("in_progress"));
    }

    [Test]
    public void Predictions_that_the_server_drops_in_silence_are_noticed()
    {
        var created = 2;
        using var server = new LocalServer(request => request.Method == "GET"
            ? Reply.Json("""{"tasks":[{"id":5,"data":{"prompt":"p","answer1":"x","answer2":"y"},"meta":{"pt":{"item":"i","left":"a","right":"b"}}},{"id":6,"data":{"prompt":"p","answer1":"x","answer2":"y"},"meta":{"pt":{"item":"j","left":"b","right":"a"}}}],"total":2}""")
            : Reply.Json($$"""{"created":{{created}}}""", 201));
        using var client = Client(server);
        Judgement[] predictions = [Predicted("i", "b"), Predicted("j", "b")];

        Assert.That(async () => await client.AddPredictionsAsync(7, LabelingConfigs.Pairwise(), predictions), Is.EqualTo(2));
        Assert.That(server.Requests[^1].Body, Is.EqualTo(
            """[{"task":5,"model_version":"rm","score":0.75,"result":[{"id":"r1","from_name":"comparison","to_name":"answer1","type":"pairwise","value":{"selected":"right"}}]},"""
            + """{"task":6,"model_version":"rm","score":0.75,"result":[{"id":"r1","from_name":"comparison","to_name":"answer1","type":"pairwise","value":{"selected":"left"}}]}]"""));
        created = 1;
        Assert.That(() => client.AddPredictionsAsync(7, LabelingConfigs.Pairwise(), predictions), Throws.TypeOf<LabelStudioException>().With.Message.Contains("created 1"));
        Assert.That(() => client.AddPredictionsAsync(7, LabelingConfigs.Pairwise(), [Predicted("k", "b")]), Throws.TypeOf<LabelStudioException>().With.Message.Contains("'k'"));
    }

    private static Judgement Predicted(string item, string best) => new()
    {
        Item = item,
        Prompt = "p",
        Candidates = [new() { Id = "a", Text = "x" }, new() { Id = "b", Text = "y" }],
        Annotator = "rm",
        Confidence = 0.75,
        Ranking = [[best], [best == "a" ? "b" : "a"]],
    };

    private static LabelStudioProjectSettings Settings() => new() { Title = "Round 2", Config = LabelingConfigs.Pairwise() };

    private static FeedbackInput Tasks(int count) => FeedbackInput.FromText("tasks.json",
        $"[{string.Join(',', Enumerable.Range(0, count).Select(number => $$$$"""{"data":{"prompt":"q"},"meta":{"pt":{"item":"p{{{{number}}}}"}}}"""))}]");

    private LabelStudioClient Client(LocalServer server) => new(server.Address, Legacy, new(), _clock);

    private static Reply Unauthorized() => Reply.Json("""{"status_code":401,"detail":"Authentication credentials were not provided."}""", 401);

    private Reply Access(string name) => Reply.Json($$"""{"access":"{{Jwt(TimeSpan.FromMinutes(5), name)}}"}""");

    private string Jwt(TimeSpan life, string kind)
    {
        static string Part(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return $"{Part("{\"alg\":\"HS256\"}")}.{Part($$"""{"token_type":"{{kind}}","exp":{{(_clock.GetUtcNow() + life).ToUnixTimeSeconds()}}}""")}.c2ln";
    }

    /// <summary>A server that keeps imported tasks and, if told so, does its work but loses the first answer.</summary>
    private sealed class TaskStore(bool loseFirstAnswer)
    {
        private bool _lose = loseFirstAnswer;

        public List<string> Items { get; } = [];

        public Reply Answer(Received request)
        {
            if (request.Method == "GET")
            {
                var query = request.Path.Split('?')[1].Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => int.TryParse(pair[1], out var value) ? value : 0);
                var page = Items.Skip((query["page"] - 1) * query["page_size"]).Take(query["page_size"]);
                return Reply.Json($$"""{"tasks":[{{string.Join(',', page.Select(item => $$$$"""{"id":1,"meta":{"pt":{"item":"{{{{item}}}}"}}}"""))}}],"total":{{Items.Count}}}""");
            }

            using var body = System.Text.Json.JsonDocument.Parse(request.Body);
            Items.AddRange(body.RootElement.EnumerateArray().Select(task => task.GetProperty("meta").GetProperty("pt").GetProperty("item").GetString()!));
            if (_lose)
            {
                _lose = false;
                return Reply.Json("") with { NoAnswer = true };
            }

            return Reply.Json($$"""{"task_count":{{body.RootElement.GetArrayLength()}},"annotation_count":0,"prediction_count":0}""", 201);
        }
    }
}
