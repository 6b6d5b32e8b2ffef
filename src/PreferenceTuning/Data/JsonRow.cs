using System.Text.Json;

namespace PreferenceTuning.Data;

/// <summary>One line of a JSON Lines file: an object whose columns are read by name, every complaint with file and line.</summary>
internal sealed class JsonRow(JsonElement root, string file, long line)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = JsonLines.MaxDepth, AllowDuplicateProperties = false };

    /// <summary>
    /// Parses one line and hands the row to <paramref name="read"/>; whatever is wrong with it becomes a <see cref="DataFormatException"/>.
    /// </summary>
    public static T Parse<T>(ReadOnlyMemory<byte> text, string file, long line, Func<JsonRow, T> read)
    {
        if (text.Span.IndexOfAnyExcept(" \t"u8) < 0)
        {
            throw new DataFormatException(file, line, "the line is empty; every line must hold one JSON object. Remove the line.");
        }

        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? read(new JsonRow(root, file, line))
                : throw new DataFormatException(file, line, $"the line holds {Describe(root)}; a JSON object was expected.");
        }
        catch (JsonException e)
        {
            throw new DataFormatException(file, line, $"not valid JSON{Problem(e)}; every line must hold one whole JSON object.", e);
        }
        catch (InvalidOperationException e)
        {
            // What System.Text.Json throws for text that is not UTF-8, or for half of a surrogate pair.
            throw new DataFormatException(file, line, $"a string is not valid Unicode text: {e.Message}", e);
        }
    }

    public bool Has(string name) => root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public TextOrMessages TextOrMessages(string name)
    {
        var value = Required(name, JsonValueKind.String, JsonValueKind.Array);
        return value.ValueKind == JsonValueKind.String ? new TextOrMessages(value.GetString()!) : new TextOrMessages(Messages(value, name));
    }

    public string Text(string name) => Required(name, JsonValueKind.String).GetString()!;

    public bool Boolean(string name) => Required(name, JsonValueKind.True, JsonValueKind.False).GetBoolean();

    public double? OptionalNumber(string name)
    {
        if (!Has(name))
        {
            return null;
        }

        // A literal beyond the range of a double parses to infinity.
        var value = Required(name, JsonValueKind.Number).GetDouble();
        return double.IsFinite(value) ? value : throw Error(
            $"'{name}' is {root.GetProperty(name).GetRawText()}, beyond the range of a 64-bit float.");
    }

    public IReadOnlyList<TextOrMessages> Responses(string name)
    {
        var items = new List<TextOrMessages>();
        foreach (var item in Required(name, JsonValueKind.Array).EnumerateArray())
        {
            items.Add(item.ValueKind switch
            {
                JsonValueKind.String => new TextOrMessages(item.GetString()!),
                JsonValueKind.Array => new TextOrMessages(Messages(item, $"{name}[{items.Count}]")),
                _ => throw Error($"'{name}[{items.Count}]' is {Describe(item)}; a text or a list of messages was expected."),
            });
        }

        return items;
    }

    public IReadOnlyList<int> Integers(string name)
    {
        var items = new List<int>();
        foreach (var item in Required(name, JsonValueKind.Array).EnumerateArray())
        {
            items.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number)
                ? number
                : throw Error($"'{name}[{items.Count}]' is {Describe(item)}; a whole number was expected."));
        }

        return items;
    }

    /// <summary>The <c>tools</c> column: a JSON array, or a text that holds one (the way Parquet exports keep it).</summary>
    public string? ToolsJson()
    {
        if (!Has("tools"))
        {
            return null;
        }

        var value = Required("tools", JsonValueKind.String, JsonValueKind.Array);
        if (value.ValueKind == JsonValueKind.Array)
        {
            return MessageJson.Compact(value.WriteTo);
        }

        using var tools = ParseTools(value.GetString()!);
        return tools.RootElement.ValueKind == JsonValueKind.Array
            ? MessageJson.Compact(tools.RootElement.WriteTo)
            : throw Error($"'tools' is a text that holds {Describe(tools.RootElement)}; a JSON array was expected.");
    }

    private JsonDocument ParseTools(string text)
    {
        try
        {
            return JsonDocument.Parse(text, Strict with { MaxDepth = JsonLines.MaxDepth - 1 });
        }
        catch (JsonException e)
        {
            throw new DataFormatException(file, line, $"'tools' is a text that is not valid JSON{Problem(e)}.", e);
        }
    }

    public DataFormatException Error(string message) => new(file, line, message);

    private JsonElement Required(string name, params ReadOnlySpan<JsonValueKind> kinds)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            throw Error($"'{name}' is missing; the line has {Columns()}.");
        }

        return kinds.Contains(value.ValueKind) ? value : throw Error($"'{name}' is {Describe(value)}; {Expected(kinds)} was expected.");
    }

    private IEnumerable<Message> Messages(JsonElement array, string name)
    {
        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            yield return item.ValueKind == JsonValueKind.Object
                ? MessageJson.Read(item, problem => Error($"'{name}[{index}]' {problem}"))
                : throw Error($"'{name}[{index}]' is {Describe(item)}; a message with 'role' and 'content' was expected.");
            index++;
        }
    }

    private string Columns()
    {
        var names = root.EnumerateObject().Take(12).Select(p => $"'{p.Name}'").ToList();
        return names.Count == 0 ? "no columns" : string.Join(", ", names);
    }

    private static string Expected(ReadOnlySpan<JsonValueKind> kinds) => kinds[0] switch
    {
        JsonValueKind.String => kinds.Length > 1 ? "a text or a list" : "a text",
        JsonValueKind.True => "true or false",
        JsonValueKind.Number => "a number",
        _ => "a list",
    };

    internal static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"the number {Shorten(value.GetRawText())}",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };

    // The parser counts lines and bytes from 0, within this one line.
    private static string Problem(JsonException e) =>
        (e.BytePositionInLine is { } position ? $" at byte {position + 1}" : "") + ": " + e.Message.Split(" LineNumber:")[0].TrimEnd('.');

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
