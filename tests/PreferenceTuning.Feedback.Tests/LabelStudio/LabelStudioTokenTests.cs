using System.Net;
using NUnit.Framework;
using PreferenceTuning.Feedback.LabelStudio.Server;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>Both kinds of token, and when a fresh one is fetched.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LabelStudioTokenTests
{
    private readonly ClientBench _bench = new();

    [Test]
    public async Task A_legacy_token_is_sent_as_it_is()
    {
        using var server = LocalServer.InOrder(Reply.Json(ClientBench.Me));
        using var client = _bench.Client(server);

        Assert.That(await client.WhoAmIAsync(), Is.EqualTo(new LabelStudioUser(1, "admin@example.com")));
        Assert.That(server.Requests.Single().Authorization, Is.EqualTo("Token " + ClientBench.Legacy));
    }

    [Test]
    public async Task A_personal_token_is_exchanged_once_and_again_when_the_access_token_ends()
    {
        var personal = _bench.Jwt(TimeSpan.FromDays(9), "refresh");
        using var server = LocalServer.InOrder(
            _bench.Access("first"), Reply.Json(ClientBench.Me), Reply.Json(ClientBench.Me), _bench.Access("second"),
            Reply.Json(ClientBench.Me));
        using var client = new LabelStudioClient(server.Address, personal, new(), _bench.Clock);

        await client.WhoAmIAsync();
        await client.WhoAmIAsync();
        _bench.Clock.Set(_bench.Clock.GetUtcNow() + TimeSpan.FromMinutes(5));
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
        using var server = LocalServer.InOrder(
            _bench.Access("first"), ClientBench.Unauthorized(), _bench.Access("second"), Reply.Json(ClientBench.Me));
        using var client = new LabelStudioClient(server.Address, _bench.Jwt(TimeSpan.FromDays(9), "refresh"), new(), _bench.Clock);

        await client.WhoAmIAsync();

        Assert.That(server.Requests, Has.Count.EqualTo(4));
        Assert.That(server.Requests[3].Authorization, Is.Not.EqualTo(server.Requests[1].Authorization));
    }

    [Test]
    public async Task A_second_401_is_final_and_says_so_without_the_token()
    {
        using var server = LocalServer.InOrder(
            _bench.Access("first"), ClientBench.Unauthorized(), _bench.Access("second"), ClientBench.Unauthorized());
        var personal = _bench.Jwt(TimeSpan.FromDays(9), "refresh");
        using var client = new LabelStudioClient(server.Address, personal, new(), _bench.Clock);

        var error = (await Assert.ThrowsAsync<LabelStudioException>(() => client.WhoAmIAsync()))!;

        Assert.That(error.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(error.Detail, Does.Contain("credentials"));
        Assert.That(error.ToString(), Does.Not.Contain(personal));
        Assert.That(_bench.Waits, Is.Empty);
    }

    [Test]
    public async Task Requests_at_the_same_time_share_one_refresh()
    {
        var refreshes = 0;
        using var server = new LocalServer(request => request.Path == "/api/token/refresh/" ? _bench.Access($"n{Interlocked.Increment(ref refreshes)}") : Reply.Json(ClientBench.Me));
        using var client = new LabelStudioClient(server.Address, _bench.Jwt(TimeSpan.FromDays(9), "refresh"), new(), _bench.Clock);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.WhoAmIAsync()));

        Assert.That(refreshes, Is.EqualTo(1));
    }

    [Test]
    public void Tokens_that_cannot_work_are_refused_at_once()
    {
        Assert.That(
            () => new LabelStudioClient(new("http://x"), _bench.Jwt(TimeSpan.FromDays(-1), "refresh"), null, _bench.Clock),
            Throws.ArgumentException.With.Message.Contains("expired"));
        Assert.That(() => new LabelStudioClient(new("http://x"), "a\r\nX: y"), Throws.ArgumentException);
        Assert.That(() => new LabelStudioClient(new("file:///x"), ClientBench.Legacy), Throws.ArgumentException);
    }
}
