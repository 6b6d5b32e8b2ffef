using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PreferenceTuning.Feedback.Judgements.Json;

/// <summary>One way to write JSON, so that equal content gives equal bytes: compact, UTF-8, only what must be escaped is.</summary>
internal static class CanonicalJson
{
    public static JsonWriterOptions Compacted { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonWriterOptions Indented { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n" };

    public static JsonDocumentOptions Reading { get; } = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>Any JSON text in the one way; a number keeps its digits.</summary>
    public static string Compact(JsonElement element) => Write(element.WriteTo, Compacted);

    /// <summary>Checks that a text is JSON and brings it into the one way.</summary>
    /// <exception cref="JsonException">It is not.</exception>
    public static string Compact(string json)
    {
        using var document = JsonDocument.Parse(json, Reading);
        return Compact(document.RootElement);
    }

    public static string Write(Action<Utf8JsonWriter> write, JsonWriterOptions options) =>
        Encoding.UTF8.GetString(WriteBytes(write, options));

    public static byte[] WriteBytes(Action<Utf8JsonWriter> write, JsonWriterOptions options)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, options))
            write(writer);
        return buffer.ToArray();
    }

    public static void WriteTextIf(this Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }

    public static void WriteNumberIf(this Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
    }

    public static void WriteFlagIf(this Utf8JsonWriter writer, string name, bool value)
    {
        if (value)
            writer.WriteBoolean(name, value);
    }

    /// <summary>Names in ordinal order; the texts are JSON and are brought into the one way.</summary>
    public static void WriteExtra(this Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string> extra)
    {
        if (extra.Count == 0)
            return;
        writer.WriteStartObject(name);
        foreach (var (key, json) in extra.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WritePropertyName(key);
            writer.WriteRawValue(Compact(json));
        }

        writer.WriteEndObject();
    }
}
