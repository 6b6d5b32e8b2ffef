using System.Text;
using System.Text.Json;

namespace PreferenceTuning.Data;

/// <summary>Messages as JSON: <c>role</c>, <c>content</c>, and whatever else a turn carries.</summary>
internal static class MessageJson
{
    public static Message Read(JsonElement message, Func<string, DataFormatException> error)
    {
        if (!message.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
        {
            throw error("has no 'role' that is a text.");
        }

        var extra = Extra(message);
        return new Message(role.GetString()!, Content(message, extra, error)) { ExtraJson = extra };
    }

    public static void Write(Utf8JsonWriter writer, Message message)
    {
        writer.WriteStartObject();
        writer.WriteString("role", Valid(message.Role));
        writer.WriteString("content", Valid(message.Content));
        if (message.ExtraJson is not null)
        {
            using var extra = JsonDocument.Parse(message.ExtraJson);
            foreach (var field in extra.RootElement.EnumerateObject())
            {
                if (field.Name is "role" or "content")
                {
                    throw new ArgumentException(
                        $"A message's 'ExtraJson' has the field '{field.Name}', which the message has already.", nameof(message));
                }

                field.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>The text itself, unless it holds half of a surrogate pair, which a JSON writer would silently replace.</summary>
    public static string Valid(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                throw new ArgumentException(
                    $"A text holds half of a surrogate pair near character {i}, which is not valid Unicode; was an emoji cut in two?",
                    nameof(text));
            }
        }

        return text;
    }

    private static string Content(JsonElement message, string? extra, Func<string, DataFormatException> error)
    {
        if (!message.TryGetProperty("content", out var content) || content.ValueKind == JsonValueKind.Null)
        {
            // A turn that only calls tools has no content; without other fields the content was forgotten.
            return extra is not null ? "" : throw error("has no 'content'.");
        }

        return content.ValueKind == JsonValueKind.String
            ? content.GetString()!
            : throw error(
                $"has a 'content' that is {JsonRow.Describe(content)}; this library reads text, so join the text parts into one string.");
    }

    /// <summary>JSON without white space: one line, and the same text for the same content.</summary>
    public static string Compact(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, JsonLines.WriterOptions))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static string? Extra(JsonElement message)
    {
        var fields = message.EnumerateObject().Where(f => f.Name is not ("role" or "content") && f.Value.ValueKind != JsonValueKind.Null).ToList();
        return fields.Count == 0 ? null : Compact(writer =>
        {
            writer.WriteStartObject();
            fields.ForEach(field => field.WriteTo(writer));
            writer.WriteEndObject();
        });
    }
}
