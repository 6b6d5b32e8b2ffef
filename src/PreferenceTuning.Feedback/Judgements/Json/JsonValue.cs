using System.Globalization;
using System.Text.Json;

namespace PreferenceTuning.Feedback.Judgements.Json;

/// <summary>A JSON value that knows its place: every wrong type becomes a message with file, line and path.</summary>
internal readonly struct JsonValue(JsonElement element, JsonPlace place, string parent, string? name = null, int index = -1)
{
    // The path is put together only for a message or for a child: most values are read without either.
    private readonly string _parent = parent;
    private readonly string? _name = name;
    private readonly int _index = index;

    public JsonElement Element { get; } = element;

    public JsonPlace Place { get; } = place;

    public string Path => _index >= 0 ? string.Create(CultureInfo.InvariantCulture, $"{_parent}[{_index}]")
        : _name is null ? _parent ?? ""
        : _parent.Length == 0 ? _name
        : $"{_parent}.{_name}";

    public JsonValueKind Kind => Element.ValueKind;

    public bool IsObject => Kind == JsonValueKind.Object;

    public bool IsArray => Kind == JsonValueKind.Array;

    public bool IsText => Kind == JsonValueKind.String;

    public bool IsNull => Kind is JsonValueKind.Null or JsonValueKind.Undefined;

    public FeedbackFormatException Error(string problem) => Place.Error(problem, Path);

    public FeedbackFormatException Expected(string what) => Error($"{Describe(Kind)}, expected {what}.");

    /// <summary>The property, or a value that <see cref="IsNull"/>.</summary>
    public JsonValue this[string name] =>
        IsObject && Element.TryGetProperty(name, out var child) ? new(child, Place, Path, name) : new(default, Place, Path, name);

    /// <summary>Whether there is such a property, be it null.</summary>
    public bool Knows(string name) => IsObject && Element.TryGetProperty(name, out _);

    public bool Has(string name) => IsObject && Element.TryGetProperty(name, out var child) && child.ValueKind != JsonValueKind.Null;

    public JsonValue RequireObject() => IsObject ? this : throw Expected("an object");

    public IEnumerable<JsonValue> Items()
    {
        if (IsNull)
            yield break;
        if (!IsArray)
            throw Expected("a list");
        var index = 0;
        var path = Path;
        foreach (var item in Element.EnumerateArray())
            yield return new(item, Place, path, null, index++);
    }

    public IEnumerable<(string Name, JsonValue Value)> Properties()
    {
        if (IsNull)
            yield break;
        if (!IsObject)
            throw Expected("an object");
        var path = Path;
        foreach (var property in Element.EnumerateObject())
            yield return (property.Name, new(property.Value, Place, path, property.Name));
    }

    public string Text() => IsText ? Element.GetString()! : throw Expected("text");

    public string? TextOrNull() => IsNull ? null : Text();

    public string RequiredText(string name) => this[name].Text();

    public string? OptionalText(string name) => this[name].TextOrNull();

    public double Number() =>
        Kind == JsonValueKind.Number && Element.TryGetDouble(out var value) && double.IsFinite(value)
            ? value
            : throw Expected("a finite number");

    public double? NumberOrNull() => IsNull ? null : Number();

    public long Integer() => Kind == JsonValueKind.Number && Element.TryGetInt64(out var value) ? value : throw Expected("a whole number");

    public long? IntegerOrNull() => IsNull ? null : Integer();

    public int? SmallIntegerOrNull() =>
        IsNull ? null
            : Kind == JsonValueKind.Number && Element.TryGetInt32(out var value) ? value
            : throw Expected("a whole number of at most 32 bits");

    public bool Flag() => Kind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Expected("true or false"),
    };

    public bool FlagOr(bool otherwise) => IsNull ? otherwise : Flag();

    /// <summary>A text or a whole number as an identifier.</summary>
    public string Identifier() => Kind switch
    {
        JsonValueKind.String => Element.GetString()!,
        JsonValueKind.Number => Element.GetRawText(),
        _ => throw Expected("an identifier (text or number)"),
    };

    public string? IdentifierOrNull() => IsNull ? null : Identifier();

    public DateTimeOffset? TimeOrNull()
    {
        if (IsNull)
            return null;
        return DateTimeOffset.TryParse(
            Text(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw Error($"'{Text()}' is not a time; expected ISO 8601 such as 2026-03-01T10:00:00Z.");
    }

    public string RawJson() => CanonicalJson.Compact(Element);

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Undefined => "is missing",
        JsonValueKind.Null => "is null",
        JsonValueKind.Object => "is an object",
        JsonValueKind.Array => "is a list",
        JsonValueKind.String => "is a text",
        JsonValueKind.Number => "is a number",
        _ => "is true or false",
    };
}
