using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio.Server;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>Servers that fail, in every way: what is repeated, what is given up, and where the token goes.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LabelStudioFailureTests
{
    private readonly ClientBench _bench = new();

    [Test]
    public async Task Waits_grow_and_Retry_After_is_obeyed()
    {
        using var server = LocalServer.InOrder(
            Reply.Json("{}", 500), Reply.Json("{}", 503), Reply.Json("{}", 429).With("Retry-After", "7"),
            Reply.Json("{}", 429).With("Retry-After", (_bench.Clock.GetUtcNow() + TimeSpan.FromSeconds(1 + 2 + 7 + 30)).ToString("R")), Reply.Json(ClientBench.Me));
        using var client = _bench.Client(server);

        await client.WhoAmIAsync();

        // 1 s, 2 s, the server's 7 s, and until the server's date, which by then is 30 s away
        Assert.That(_bench.Waits, Is.EqualTo(new[] { 1.0, 2.0, 7.0, 30.0 }));
    }

    [Test]
    public async Task A_server_that_keeps_failing_is_given_up_on_and_one_that_asks_for_an_hour_too()
    {
        using var failing = new LocalServer(_ => Reply.Json("""{"detail":"boom"}""", 500));
        using var client = _bench.Client(failing);
        var error = (await Assert.ThrowsAsync<LabelStudioException>(() => client.WhoAmIAsync()))!;
        Assert.That(error.Detail, Is.EqualTo("boom"));
        Assert.That(failing.Requests, Has.Count.EqualTo(5), "one request and four repeats");

        using var slow = new LocalServer(_ => Reply.Json("{}", 429).With("Retry-After", "3600"));
        using var other = _bench.Client(slow);
        Assert.That(() => other.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("01:00:00"));
    }

    [Test]
    public async Task Half_a_body_and_a_cut_connection_are_repeated()
    {
        using var server = LocalServer.InOrder(
            Reply.Cut(ClientBench.Me, 10), Reply.Json("") with { NoAnswer = true }, Reply.Json(ClientBench.Me));
        using var client = _bench.Client(server);

        Assert.That((await client.WhoAmIAsync()).Id, Is.EqualTo(1));
        Assert.That(server.Requests, Has.Count.EqualTo(3));
    }

    [Test]
    public void The_token_does_not_follow_a_redirect_to_another_host()
    {
        using var stranger = new LocalServer(_ => Reply.Json(ClientBench.Me));
        using var server = new LocalServer(
            _ => Reply.Json("", 302).With("Location", new Uri(stranger.Address, "/api/current-user/whoami").ToString()));
        using var client = _bench.Client(server);

        Assert.That(() => client.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("not sent there"));
        Assert.That(stranger.Requests, Is.Empty);
    }

    [Test]
    public async Task A_redirect_on_the_server_is_followed_for_reading_only()
    {
        using var server = LocalServer.InOrder(Reply.Json("", 301).With("Location", "/api/elsewhere"), Reply.Json(ClientBench.Me));
        using var client = _bench.Client(server);
        await client.WhoAmIAsync();
        Assert.That(server.Requests[1].Path, Is.EqualTo("/api/elsewhere"));

        using var circle = new LocalServer(request => Reply.Json("", 302).With("Location", request.Path));
        using var dizzy = _bench.Client(circle);
        Assert.That(() => dizzy.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("circle"));
        using var posting = new LocalServer(_ => Reply.Json("", 302).With("Location", "/x"));
        using var poster = _bench.Client(posting);
        Assert.That(
            () => poster.CreateProjectAsync(ClientBench.Settings()),
            Throws.TypeOf<LabelStudioException>().With.Message.Contains("final address"));
    }

    [Test]
    public void Nobody_there_a_page_of_HTML_and_a_wrong_shape_are_told_apart()
    {
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        using var nobody = new LabelStudioClient(
            new Uri($"http://127.0.0.1:{port}"), ClientBench.Legacy, new() { Retries = 1 }, _bench.Clock);
        Assert.That(() => nobody.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("No whole answer"));

        using var html = new LocalServer(_ => new Reply(200, Encoding.UTF8.GetBytes("<html>login</html>"), "text/html"));
        using var client = _bench.Client(html);
        Assert.That(() => client.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("not JSON"));

        using var odd = new LocalServer(_ => Reply.Json("""{"id":"one"}"""));
        using var other = _bench.Client(odd);
        Assert.That(
            () => other.WhoAmIAsync(),
            Throws.TypeOf<LabelStudioException>().With.Message.Contains("another shape").And.Message.Contains("id"));
    }

    [Test]
    public async Task A_body_that_says_that_it_is_compressed_and_is_not_is_repeated_and_then_told()
    {
        using var server = LocalServer.InOrder(Reply.Json("not gzip").With("Content-Encoding", "gzip"), Reply.Json(ClientBench.Me));
        using var client = _bench.Client(server);
        Assert.That((await client.WhoAmIAsync()).Id, Is.EqualTo(1));

        using var stubborn = new LocalServer(_ => Reply.Json("not gzip").With("Content-Encoding", "gzip"));
        using var other = _bench.Client(stubborn);
        Assert.That(() => other.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("No whole answer"));
    }

    [TestCase("""{"tasks":[{"id":1,"data":{},"meta":{"pt":{"item":"\ud800"}}}],"total":1}""", "another shape")]
    [TestCase("""{"tasks":[],"total":5}""", "not whole")]
    public void A_list_of_tasks_that_cannot_be_stops_an_import_before_anything_is_sent(string list, string reason)
    {
        using var server = new LocalServer(_ => Reply.Json(list));
        using var client = _bench.Client(server);
        var tasks = FeedbackInput.FromText("tasks.json", """[{"data":{},"meta":{"pt":{"item":"x"}}}]""");

        Assert.That(() => client.ImportAsync(1, tasks), Throws.TypeOf<LabelStudioException>().With.Message.Contains(reason));
        Assert.That(server.Requests.Select(request => request.Method), Has.All.EqualTo("GET"));
    }

    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("""{"access":"\ud800"}""")]
    [TestCase("""{"access":"a b"}""")]
    [TestCase("""{"access":"ü"}""")]
    public void An_access_token_that_is_none_is_told(string answer)
    {
        using var server = new LocalServer(_ => Reply.Json(answer));
        using var client = new LabelStudioClient(server.Address, _bench.Jwt(TimeSpan.FromDays(9), "refresh"), new(), _bench.Clock);

        Assert.That(() => client.WhoAmIAsync(), Throws.TypeOf<LabelStudioException>().With.Message.Contains("api/token/refresh"));
    }

    [Test]
    public void An_answer_without_end_is_stopped_at_the_limit()
    {
        using var server = new LocalServer(_ => new Reply(200, new byte[3000]));
        using var client = new LabelStudioClient(server.Address, ClientBench.Legacy, new() { MostBytes = 2000 }, _bench.Clock);

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
        using var client = new LabelStudioClient(server.Address, ClientBench.Legacy);

        Assert.That(() => client.WhoAmIAsync(cancel.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Creating_is_not_repeated_when_the_answer_was_lost()
    {
        using var server = new LocalServer(_ => Reply.Json("") with { NoAnswer = true });
        using var client = _bench.Client(server);

        Assert.That(() => client.CreateProjectAsync(ClientBench.Settings()), Throws.TypeOf<LabelStudioException>());
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }
}
