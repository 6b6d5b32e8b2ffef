using System.Buffers;
using System.Text.Json;

namespace PreferenceTuning.Feedback.Judgements.Json;

/// <summary>
/// Reads JSON records one after the other, each parsed and forgotten before the next, from JSON Lines or from one big list.
/// </summary>
internal static class JsonDocuments
{
    private const int LongestLine = 16 << 20;

    /// <summary>
    /// Calls <paramref name="read"/> with each line's value. Lines end at a line feed only: U+2028 may stand inside a text.
    /// </summary>
    public static void Lines(FeedbackInput input, Action<JsonValue> read)
    {
        var rest = input.Utf8();
        for (long line = 1; rest.Length > 0; line++)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            var text = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (text.Length > LongestLine)
                throw new FeedbackFormatException("The line is longer than 16 MiB.", input.Name, line);
            if (!IsBlank(text.Span))
                Record(text, new JsonPlace(input.Name, line), "", read);
        }
    }

    /// <summary>
    /// Calls <paramref name="read"/> with each element of the list that the whole input is, or with the input itself where it is one
    /// object. The place's line is the record's number, from 1.
    /// </summary>
    public static void Elements(FeedbackInput input, Action<JsonValue> read)
    {
        using var records = new JsonListReader(input);
        while (records.TryNext(out var json))
            Record(json, new JsonPlace(input.Name, records.Number), "", read);
    }

    /// <summary>JSON Lines, or one list or object: told apart by whether the first line is a whole JSON object.</summary>
    public static void LinesOrElements(FeedbackInput input, Action<JsonValue> read)
    {
        if (LooksLikeLines(input.Utf8().Span))
            Lines(input, read);
        else
            Elements(input, read);
    }

    /// <summary>Only the first record of lines, list or object.</summary>
    public static void First(FeedbackInput input, Action<JsonValue> read)
    {
        var bytes = input.Utf8();
        if (!LooksLikeLines(bytes.Span))
        {
            using var records = new JsonListReader(input);
            if (records.TryNext(out var json))
                Record(json, new JsonPlace(input.Name, records.Number), "", read);
            return;
        }

        var start = bytes.Span.IndexOfAnyExcept((ReadOnlySpan<byte>)" \t\r\n"u8);
        var end = bytes.Span[start..].IndexOf((byte)'\n');
        Record(end < 0 ? bytes[start..] : bytes.Slice(start, end), new JsonPlace(input.Name, 1), "", read);
    }

    /// <summary>The whole input as one value.</summary>
    public static void Whole(FeedbackInput input, Action<JsonValue> read) =>
        Record(input.Utf8(), new JsonPlace(input.Name, null), "", read);

    private static void Record(ReadOnlyMemory<byte> json, JsonPlace place, string path, Action<JsonValue> read) => place.Guard(() =>
    {
        using var document = Parse(json, place);
        read(new JsonValue(document.RootElement, place, path));
        return true;
    });

    private static JsonDocument Parse(ReadOnlyMemory<byte> json, JsonPlace place)
    {
        try
        {
            return JsonDocument.Parse(json, CanonicalJson.Reading);
        }
        catch (JsonException exception)
        {
            throw place.Error(
                "Not valid JSON: " + exception.Message, FormattableString.Invariant($"byte {exception.BytePositionInLine ?? 0}"),
                exception);
        }
    }

    private static bool LooksLikeLines(ReadOnlySpan<byte> bytes)
    {
        var start = bytes.IndexOfAnyExcept((ReadOnlySpan<byte>)" \t\r\n"u8);
        if (start < 0 || bytes[start] != (byte)'{')
            return false;
        var end = bytes[start..].IndexOf((byte)'\n');
        var line = (end < 0 ? bytes[start..] : bytes.Slice(start, end)).TrimEnd((ReadOnlySpan<byte>)" \t\r"u8);
        return line[^1] == (byte)'}';
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((ReadOnlySpan<byte>)" \t\r"u8) < 0;
}
