using System.Security.Cryptography;
using System.Text;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>What a request carries, held whole so that it can be sent again.</summary>
internal sealed record RequestBody(byte[] Bytes, string ContentType)
{
    public static RequestBody Json(byte[] json) => new(json, "application/json");

    /// <summary>One field of a form.</summary>
    public static RequestBody Field(string name, string value) => new(
        Encoding.ASCII.GetBytes($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}"), "application/x-www-form-urlencoded");

    /// <summary>Files as a browser's form sends them. Equal files give equal bytes.</summary>
    public static RequestBody Files(IReadOnlyList<FeedbackInput> files)
    {
        // The content cannot hold a hash of itself, so the boundary stands in none of the files.
        var boundary = "files-" + Convert.ToHexStringLower(
            SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(files.Select(file => file.Sha256)))));
        using var body = new MemoryStream();
        foreach (var (file, index) in files.Select((file, index) => (file, index)))
        {
            // The server keeps one file of each field name.
            var field = files.Count == 1 ? "file" : FormattableString.Invariant($"f{index + 1}");
            body.Write(Encoding.UTF8.GetBytes(
                $"--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{Quoted(file.Name)}\"\r\n"
                + $"Content-Type: {TypeOf(file.Name)}\r\n\r\n"));
            body.Write(file.Bytes.Span);
            body.Write("\r\n"u8);
        }

        body.Write(Encoding.ASCII.GetBytes($"--{boundary}--\r\n"));
        return new RequestBody(body.ToArray(), $"multipart/form-data; boundary={boundary}");
    }

    // As browsers do, by the HTML standard: UTF-8, and only these three escaped.
    private static string Quoted(string name) => Path.GetFileName(name)
        .Replace("\"", "%22", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal)
        .Replace("\n", "%0A", StringComparison.Ordinal);

    private static string TypeOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".json" => "application/json",
        ".csv" => "text/csv",
        ".tsv" => "text/tab-separated-values",
        ".txt" => "text/plain",
        _ => "application/octet-stream",
    };
}
