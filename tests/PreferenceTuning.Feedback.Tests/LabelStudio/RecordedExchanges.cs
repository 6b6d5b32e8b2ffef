using System.Text;
using System.Text.Json;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>One recorded request with its response.</summary>
internal sealed record RecordedExchange(
    string Scenario, int Seq, DateTimeOffset At, string Method, string Path, string? Authorization, string? Body, string? Form, Reply Reply)
{
    /// <summary>Whether a form or files were sent: <see cref="Form"/> is then an object of fields or a list of parts.</summary>
    public bool IsForm => Form is not null;

    public override string ToString() => $"{Scenario} {Seq} {Method} {Path}";
}

internal static class RecordedExchanges
{
    private static readonly Lazy<IReadOnlyList<RecordedExchange>> Loaded = new(Load);

    public static IReadOnlyList<RecordedExchange> All => Loaded.Value;

    /// <summary>A server that answers by method, path and body; first recorded, first served, the last one again and again.</summary>
    public static LocalServer Server(Func<RecordedExchange, bool> include)
    {
        var queues = All.Where(include).GroupBy(Key).ToDictionary(group => group.Key, group => new Queue<RecordedExchange>(group));
        return new LocalServer(request =>
        {
            if (!queues.TryGetValue((request.Method, request.Path, Normal(request.Body)), out var queue) && !queues.TryGetValue((request.Method, request.Path, "*"), out queue))
                return Reply.Json("""{"detail":"not recorded"}""", 418);
            return queue.Count > 1 ? queue.Dequeue().Reply : queue.Peek().Reply;
        });
    }

    private static (string Method, string Path, string Body) Key(RecordedExchange exchange) =>
        (exchange.Method, exchange.Path, exchange.IsForm ? "*" : Normal(exchange.Body));

    private static string Normal(string? body)
    {
        if (string.IsNullOrEmpty(body))
            return "";
        try
        {
            using var json = JsonDocument.Parse(body);
            return JsonSerializer.Serialize(json.RootElement);
        }
        catch (JsonException)
        {
            return body;
        }
    }

    private static List<RecordedExchange> Load()
    {
        var exchanges = new List<RecordedExchange>();
        foreach (var file in GoldenFolder.Files("*.jsonl", "label-studio", "exchanges"))
        {
            foreach (var line in File.ReadLines(file))
            {
                using var json = JsonDocument.Parse(line);
                exchanges.Add(Read(json.RootElement, Path.GetDirectoryName(file)!));
            }
        }

        return exchanges;
    }

    private static RecordedExchange Read(JsonElement line, string folder)
    {
        var request = line.GetProperty("request");
        var response = line.GetProperty("response");
        var headers = response.TryGetProperty("headers", out var given) && given.ValueKind == JsonValueKind.Object
            ? given.EnumerateObject().ToDictionary(header => header.Name, header => header.Value.GetString()!) : [];
        var body = response switch
        {
            _ when response.TryGetProperty("body_file", out var path) => File.ReadAllBytes(Path.Combine(folder, path.GetString()!)),
            _ when response.TryGetProperty("body_base64", out var base64) => Convert.FromBase64String(base64.GetString()!),
            _ when response.TryGetProperty("body_text", out var text) => Encoding.UTF8.GetBytes(text.GetString() ?? ""),
            _ when response.TryGetProperty("body", out var value) => Encoding.UTF8.GetBytes(value.GetRawText()),
            _ => [],
        };
        var sent = request.TryGetProperty("body", out var json) ? json.GetRawText() : request.TryGetProperty("body_text", out var raw) ? raw.GetString() : null;
        return new RecordedExchange(
            line.GetProperty("scenario").GetString()!,
            line.GetProperty("seq").GetInt32(),
            line.GetProperty("at").GetDateTimeOffset(),
            request.GetProperty("method").GetString()!,
            request.GetProperty("path").GetString()!,
            request.GetProperty("headers").TryGetProperty("Authorization", out var authorization) ? authorization.GetString() : null,
            sent,
            request.TryGetProperty("multipart", out var form) || request.TryGetProperty("form", out form) ? form.GetRawText() : null,
            new Reply(response.GetProperty("status").GetInt32(), body, headers.GetValueOrDefault("Content-Type", "application/json")));
    }
}
