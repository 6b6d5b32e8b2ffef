using System.Globalization;
using System.Text.Json;

namespace PreferenceTuning.Tokenization;

/// <summary>A place in a JSON file that says where it is when something is wrong with it.</summary>
internal readonly struct JsonPart(JsonElement element, string where)
{
    public JsonElement Element { get; } = element;

    /// <summary>File and path, for messages.</summary>
    public string Where { get; } = where;

    public bool IsNull => Element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public string Type => Text("type");

    /// <summary>Reads a whole file.</summary>
    public static JsonPart Parse(ReadOnlyMemory<byte> utf8, string file)
    {
        var withoutMark = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        try
        {
            using var document = JsonDocument.Parse(withoutMark, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return new JsonPart(document.RootElement.Clone(), file);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file} is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>A property, which may be missing (its value is then null).</summary>
    public JsonPart Child(string name)
    {
        Expect(JsonValueKind.Object);
        return new JsonPart(Element.TryGetProperty(name, out var child) ? child : default, $"{Where}: {name}");
    }

    public IEnumerable<JsonPart> Items()
    {
        Expect(JsonValueKind.Array);
        var where = Where;
        return Element.EnumerateArray().Select((item, index) => new JsonPart(item, $"{where}[{index}]"));
    }

    public IEnumerable<(string Name, JsonPart Value)> Members()
    {
        Expect(JsonValueKind.Object);
        foreach (var member in Element.EnumerateObject())
        {
            yield return (Decode(() => member.Name), new JsonPart(member.Value, $"{Where}: {member.Name}"));
        }
    }

    public string Text()
    {
        Expect(JsonValueKind.String);
        var element = Element;
        return Decode(() => element.GetString()!);
    }

    public string Text(string name) => Child(name).Text();

    public string? TextOrNull(string name) => Child(name) is { IsNull: false } child ? child.Text() : null;

    public char Letter(string name) => Text(name) is { Length: 1 } text
        ? text[0]
        : throw Wrong($"'{name}' is '{Text(name)}'; one character was expected.");

    public bool Flag(string name, bool fallback)
    {
        var child = Child(name);
        return child.Element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Null or JsonValueKind.Undefined => fallback,
            _ => throw child.Wrong($"{child.Element.GetRawText()} was found; true or false was expected."),
        };
    }

    public int Number()
    {
        return Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var value) && value >= 0
            ? value
            : throw Wrong($"{Shorten()} was found; a number from 0 to {int.MaxValue.ToString(CultureInfo.InvariantCulture)} was expected.");
    }

    public int Number(string name) => Child(name).Number();

    public double Real()
    {
        return Element.ValueKind == JsonValueKind.Number && Element.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : throw Wrong($"{Shorten()} was found; a finite number was expected.");
    }

    public InvalidDataException Wrong(string message) => new($"{Where}: {message}");

    public NotSupportedException Unknown(string kind, string known) =>
        new($"{Where}: the {kind} '{Type}' is not supported. Known are: {known}.");

    private void Expect(JsonValueKind kind)
    {
        if (Element.ValueKind != kind)
        {
            throw Wrong(IsNull ? $"it is missing; {Name(kind)} was expected." : $"{Shorten()} was found; {Name(kind)} was expected.");
        }
    }

    private string Decode(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw Wrong("the string has a surrogate without its partner, so it is not text.");
        }
    }

    private string Shorten()
    {
        if (Element.ValueKind == JsonValueKind.Undefined)
        {
            return "nothing";
        }

        var text = Element.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "...";
    }

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => "a string",
    };
}
