using System.Text;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.LabelStudio.Server;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>Imports, exports, snapshots and predictions, also where an answer is lost.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LabelStudioTransferTests
{
    private readonly ClientBench _bench = new();

    [Test]
    public async Task An_import_whose_answer_was_lost_is_not_sent_twice_and_a_second_call_sends_nothing()
    {
        var store = new TaskStore(loseFirstAnswer: true);
        using var server = new LocalServer(store.Answer);
        using var client = new LabelStudioClient(server.Address, ClientBench.Legacy, new() { ImportBatch = 4, PageSize = 3 }, _bench.Clock);
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
            "/api/projects/7/exports/3" => Reply.Json($$"""{"id":3,"status":"{{(_bench.Waits.Count() < 2 ? "in_progress" : "completed")}}","md5":"d751713988987e9331980363e24189ce"}"""),
            "/api/projects/7/exports/3/download?exportType=JSON" => Reply.Json("[]"),
            "/api/projects/7/imports/5/" => Reply.Json("""{"status":"completed","task_count":2,"prediction_count":1}"""),
            _ when request.Path.StartsWith("/api/tasks/", StringComparison.Ordinal) => Reply.Json("""{"tasks":[],"total":0}"""),
            _ => Reply.Json("""{"import":5}""", 201),
        });
        using var client = _bench.Client(server);

        // d751713988987e9331980363e24189ce is the MD5 of "[]".
        Assert.That(Encoding.UTF8.GetString((await client.ExportAsync(7)).Bytes.Span), Is.EqualTo("[]"));
        Assert.That(_bench.Waits, Is.EqualTo(new[] { 2.0, 2.0 }));
        Assert.That(await client.ImportAsync(7, Tasks(2)), Is.EqualTo(new LabelStudioImport(2, 0, 0, 1)));
    }

    [Test]
    public async Task A_file_is_sent_whole_again_after_503_and_after_an_expired_token()
    {
        using var server = LocalServer.InOrder(
            _bench.Access("first"), Reply.Json("{}", 503), ClientBench.Unauthorized(), _bench.Access("second"), Uploaded);
        using var client = new LabelStudioClient(server.Address, _bench.Jwt(TimeSpan.FromDays(9), "refresh"), new(), _bench.Clock);

        var upload = await client.ImportFilesAsync(7, [FeedbackInput.FromText("a \"b\".csv", "prompt\nü\n")]);

        Assert.That((upload.Tasks, upload.Annotations), Is.EqualTo((1L, (long?)0)));
        Assert.That(upload.TaskIds, Is.EqualTo(new[] { 5L }));
        var bodies = server.Requests.Where(request => request.Path.Contains("/import", StringComparison.Ordinal)).Select(request => request.Body).ToList();
        Assert.That(bodies, Has.Count.EqualTo(3));
        Assert.That(bodies, Has.All.EqualTo(bodies[0]).And.All.Contains("filename=\"a %22b%22.csv\"").And.All.Contains("\r\n\r\nprompt\nü\n\r\n--"));
    }

    [TestCase(500, false)]
    [TestCase(200, true)]
    public void A_file_that_may_have_arrived_is_not_sent_twice(int status, bool lost)
    {
        using var server = LocalServer.InOrder(Reply.Json("{}", status) with { NoAnswer = lost }, Uploaded);
        using var client = _bench.Client(server);

        Assert.That(
            () => client.ImportFilesAsync(7, [FeedbackInput.FromText("a.csv", "prompt\nx\n")]), Throws.TypeOf<LabelStudioException>());
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Other_editions_answer_a_file_with_a_job_as_well()
    {
        using var server = new LocalServer(request => request.Method == "POST"
            ? Reply.Json("""{"import":5}""", 201)
            : Reply.Json("""{"status":"completed","task_count":2,"annotation_count":0,"predictions_count":1}"""));
        using var client = _bench.Client(server);

        var upload = await client.ImportFilesAsync(7, [FeedbackInput.FromText("a.txt", "x\ny\n")]);

        Assert.That((upload.Tasks, upload.Predictions), Is.EqualTo((2L, (long?)1)));
    }

    [Test]
    public void Nothing_to_import_is_said_before_anything_is_sent()
    {
        using var server = LocalServer.InOrder();
        using var client = _bench.Client(server);

        Assert.That(() => client.ImportFilesAsync(7, []), Throws.ArgumentException.With.Message.Contains("'files'"));
        Assert.That(
            () => client.ImportFromAddressAsync(7, new Uri("file:///etc/tasks.json")), Throws.ArgumentException.With.Message.Contains("file:///"));
        Assert.That(server.Requests, Is.Empty);
    }

    [Test]
    public void A_torn_snapshot_a_failed_one_and_one_that_never_ends_are_told()
    {
        string Status(string path) => path.Contains("/exports/1", StringComparison.Ordinal) ? "completed" : path.Contains("/exports/2", StringComparison.Ordinal) ? "failed" : "in_progress";
        using var server = new LocalServer(request => request.Path.Contains("download", StringComparison.Ordinal)
            ? Reply.Json("[1]")
            : Reply.Json($$"""{"id":1,"status":"{{Status(request.Path)}}","md5":"d751713988987e9331980363e24189ce"}"""));
        using var client = _bench.Client(server);

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
        using var client = _bench.Client(server);
        Judgement[] predictions = [Predicted("i", "b"), Predicted("j", "b")];

        Assert.That(async () => await client.AddPredictionsAsync(7, LabelingConfigs.Pairwise(), predictions), Is.EqualTo(2));
        Assert.That(server.Requests[^1].Body, Is.EqualTo(
            """[{"task":5,"model_version":"rm","score":0.75,"result":[{"id":"r1","from_name":"comparison","to_name":"answer1","type":"pairwise","value":{"selected":"right"}}]},"""
            + """{"task":6,"model_version":"rm","score":0.75,"result":[{"id":"r1","from_name":"comparison","to_name":"answer1","type":"pairwise","value":{"selected":"left"}}]}]"""));
        created = 1;
        Assert.That(
            () => client.AddPredictionsAsync(7, LabelingConfigs.Pairwise(), predictions),
            Throws.TypeOf<LabelStudioException>().With.Message.Contains("created 1"));
        Assert.That(
            () => client.AddPredictionsAsync(7, LabelingConfigs.Pairwise(), [Predicted("k", "b")]),
            Throws.TypeOf<LabelStudioException>().With.Message.Contains("'k'"));
    }

    private static Reply Uploaded => Reply.Json(
        """{"task_count":1,"annotation_count":0,"prediction_count":0,"file_upload_ids":[3],"data_columns":["prompt"],"task_ids":[5]}""", 201);

    private static Judgement Predicted(string item, string best) => new()
    {
        Item = item,
        Prompt = "p",
        Candidates = [new() { Id = "a", Text = "x" }, new() { Id = "b", Text = "y" }],
        Annotator = "rm",
        Confidence = 0.75,
        Ranking = [[best], [best == "a" ? "b" : "a"]],
    };

    private static FeedbackInput Tasks(int count) => FeedbackInput.FromText("tasks.json",
        $"[{string.Join(',', Enumerable.Range(0, count).Select(number => $$$$"""{"data":{"prompt":"q"},"meta":{"pt":{"item":"p{{{{number}}}}"}}}"""))}]");

    /// <summary>A server that keeps imported tasks and, if told so, does its work but loses the first answer.</summary>
    private sealed class TaskStore(bool loseFirstAnswer)
    {
        private bool _lose = loseFirstAnswer;

        public List<string> Items { get; } = [];

        public Reply Answer(Received request)
        {
            if (request.Method == "GET")
            {
                var query = request.Path.Split('?')[1].Split('&').Select(pair => pair.Split('='))
                    .ToDictionary(pair => pair[0], pair => int.TryParse(pair[1], out var value) ? value : 0);
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
