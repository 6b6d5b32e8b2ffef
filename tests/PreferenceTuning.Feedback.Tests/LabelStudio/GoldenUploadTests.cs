using System.Net.Http.Headers;
using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio.Server;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>The recorded imports of files and of an address: the same parts are sent, the same answer is understood.</summary>
[TestFixture]
[Category("Golden")]
public sealed class GoldenUploadTests
{
    public static IEnumerable<TestCaseData> Forms() => RecordedExchanges.All.Where(exchange => exchange.IsForm)
        .Select(exchange => new TestCaseData(exchange).SetArgDisplayNames(exchange.ToString()));

    [TestCaseSource(nameof(Forms))]
    public async Task A_recorded_form_is_sent_and_its_answer_taken_as_it_was_meant(object recorded)
    {
        var exchange = (RecordedExchange)recorded;
        using var form = JsonDocument.Parse(exchange.Form!);
        using var server = LocalServer.InOrder(exchange.Reply);
        using var client = new LabelStudioClient(server.Address, ClientBench.Legacy, new() { Retries = 0 });
        var (sending, path) = Send(client, exchange, form.RootElement);

        if (exchange.Reply.Status is >= 200 and < 300)
            AssertUnderstood(await sending, exchange.Reply.Body);
        else
            AssertRefused((await Assert.ThrowsAsync<LabelStudioException>(async () => await sending))!, exchange.Reply);

        var request = server.Requests.Single();
        Assert.That(request.Method, Is.EqualTo(exchange.Method));
        Assert.That(request.Path, Is.EqualTo(path));
        Assert.That(request.Authorization, Is.EqualTo(exchange.Authorization));
        Assert.That(Sent(request), Is.EqualTo(Expected(form.RootElement)));
    }

    // The client asks for the tasks' numbers always, the recording only at times; nothing else differs.
    private static (Task<LabelStudioUpload> Sending, string Path) Send(LabelStudioClient client, RecordedExchange exchange, JsonElement form)
    {
        var parts = exchange.Path.Split('/', '?');
        if (exchange.Method != "POST" || parts is not ["", "api", "projects", _, "import", ..] || !long.TryParse(parts[3], out var project))
            Assert.Ignore("The client sends no form to this path.");
        project = long.Parse(parts[3]);
        var query = parts.Length > 5 ? parts[5] : "return_task_ids=true";
        var path = $"/api/projects/{project}/import?{query}";
        if (form.ValueKind == JsonValueKind.Object)
            return (client.ImportFromAddressAsync(project, new Uri(form.GetProperty("url").GetString()!)), path);
        var files = form.EnumerateArray()
            .Select(part => FeedbackInput.FromText(part.GetProperty("filename").GetString()!, part.GetProperty("text").GetString()!)).ToList();
        return query switch
        {
            "return_task_ids=true" => (client.ImportFilesAsync(project, files), path),
            "commit_to_project=false" => (client.StoreFilesAsync(project, files), path),
            _ => throw new IgnoreException($"The client has no call with '{query}'."),
        };
    }

    private static void AssertUnderstood(LabelStudioUpload upload, byte[] answer)
    {
        using var json = JsonDocument.Parse(answer);
        var root = json.RootElement;
        Assert.That(upload.Tasks, Is.EqualTo(root.GetProperty("task_count").GetInt64()));
        Assert.That(upload.Annotations, Is.EqualTo(Count(root, "annotation_count")));
        Assert.That(upload.Predictions, Is.EqualTo(Count(root, "prediction_count")));
        Assert.That(upload.Files, Is.EqualTo(root.GetProperty("file_upload_ids").EnumerateArray().Select(id => id.GetInt64())));
        Assert.That(upload.Columns, Is.EqualTo(root.GetProperty("data_columns").EnumerateArray().Select(name => name.GetString())));
        var tasks = root.TryGetProperty("task_ids", out var ids) ? ids.EnumerateArray().Select(id => id.GetInt64()) : [];
        Assert.That(upload.TaskIds, Is.EqualTo(tasks));
    }

    private static long? Count(JsonElement root, string name) =>
        root.GetProperty(name) is { ValueKind: JsonValueKind.Number } count ? count.GetInt64() : null;

    private static void AssertRefused(LabelStudioException error, Reply reply)
    {
        using var json = JsonDocument.Parse(reply.Body);
        Assert.That((int)error.Status!, Is.EqualTo(reply.Status));
        using var said = JsonDocument.Parse(error.Detail!);
        Assert.That(
            JsonElement.DeepEquals(said.RootElement, json.RootElement.GetProperty("validation_errors")), $"the server's own words: {error.Detail}");
    }

    // A field is (name, file name, type, text); the one of a plain form has neither file name nor type.
    private static List<(string Name, string? File, string? Type, string Text)> Expected(JsonElement form) =>
        form.ValueKind == JsonValueKind.Object
            ? [.. form.EnumerateObject().Select(field => (field.Name, (string?)null, (string?)null, field.Value.GetString()!))]
            : [.. form.EnumerateArray().Select(part => (
                part.GetProperty("name").GetString()!, part.GetProperty("filename").GetString(), TypeOf(part), part.GetProperty("text").GetString()!))];

    // What the server does not read anyway (it looks at the file name's ending) is sent without a type of its own.
    private static string? TypeOf(JsonElement part) =>
        part.GetProperty("content_type").GetString() is "application/jsonl" ? "application/octet-stream" : part.GetProperty("content_type").GetString();

    private static List<(string Name, string? File, string? Type, string Text)> Sent(Received request)
    {
        var type = MediaTypeHeaderValue.Parse(request.Headers["content-type"]);
        if (type.MediaType == "application/x-www-form-urlencoded")
            return [.. request.Body.Split('&').Select(pair => pair.Split('=')).Select(pair => (pair[0], (string?)null, (string?)null, Uri.UnescapeDataString(pair[1])))];
        Assert.That(type.MediaType, Is.EqualTo("multipart/form-data"));
        var boundary = type.Parameters.Single(parameter => parameter.Name == "boundary").Value!;
        var pieces = request.Body.Split($"--{boundary}");
        Assert.That((pieces[0], pieces[^1]), Is.EqualTo(("", "--\r\n")));
        return [.. pieces[1..^1].Select(Part)];
    }

    private static (string Name, string? File, string? Type, string Text) Part(string piece)
    {
        var split = piece.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var headers = piece[2..split].Split("\r\n");
        var disposition = ContentDispositionHeaderValue.Parse(headers[0]["Content-Disposition: ".Length..]);
        return (disposition.Name!.Trim('"'), disposition.FileName!.Trim('"'), headers[1]["Content-Type: ".Length..], piece[(split + 4)..^2]);
    }
}
