using System.Text;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.LabelStudio.Server;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>What tests of the client need: a clock that does not wait, tokens, and clients of a local server.</summary>
internal sealed class ClientBench
{
    public const string Legacy = "adadadadadadadadadadadadadadadadadadadad";
    public const string Me = """{"id":1,"email":"admin@example.com"}""";

    public JumpingClock Clock { get; } = new(new DateTimeOffset(2026, 11, 23, 5, 33, 0, TimeSpan.Zero));

    public IEnumerable<double> Waits => Clock.Waits.Select(wait => wait.TotalSeconds);

    public LabelStudioClient Client(LocalServer server) => new(server.Address, Legacy, new(), Clock);

    public static LabelStudioProjectSettings Settings() => new() { Title = "Round 2", Config = LabelingConfigs.Pairwise() };

    public static Reply Unauthorized() =>
        Reply.Json("""{"status_code":401,"detail":"Authentication credentials were not provided."}""", 401);

    public Reply Access(string name) => Reply.Json($$"""{"access":"{{Jwt(TimeSpan.FromMinutes(5), name)}}"}""");

    public string Jwt(TimeSpan life, string kind)
    {
        static string Part(string json) =>
            Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return $"{Part("{\"alg\":\"HS256\"}")}.{Part($$"""{"token_type":"{{kind}}","exp":{{(Clock.GetUtcNow() + life).ToUnixTimeSeconds()}}}""")}.c2ln";
    }
}
