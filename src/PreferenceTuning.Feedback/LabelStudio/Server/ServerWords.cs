using System.Text;
using System.Text.Json;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>The server's own words in an error body, whatever its shape.</summary>
internal static class ServerWords
{
    private const int Longest = 500;

    public static string? Of(byte[] body)
    {
        if (body.Length == 0)
            return null;
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("validation_errors", out var errors))
                return Short(errors.GetRawText());
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("detail", out var detail)
                && detail.ValueKind == JsonValueKind.String
                ? Short(detail.GetString()!)
                : Short(root.GetRawText());
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return body.AsSpan().TrimStart((ReadOnlySpan<byte>)" \r\n\t"u8).StartsWith("<"u8)
                ? "an HTML page"
                : Short(Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 4 * Longest))));
        }
    }

    private static string Short(string text) => text.Length <= Longest ? text : text[..Longest] + "...";
}
