using System.Text.Json;

namespace PreferenceTuning.Parquet.Writing;

internal enum ShapeKind
{
    /// <summary>Nothing but nulls so far.</summary>
    Unknown,
    Text,
    Truth,
    Number,
    List,
    Struct,
}

/// <summary>The type of a column, found from the rows: all rows of a Parquet file have the same.</summary>
internal sealed class Shape(string name)
{
    /// <summary>
    /// Tool calls differ from message to message; a struct would fill each with the other's keys, so they are kept as JSON text.
    /// </summary>
    private const string ToolCalls = "tool_calls";

    public string Name { get; } = name;

    public ShapeKind Kind { get; private set; }

    public Shape? Item { get; private set; }

    public List<Shape> Fields { get; } = [];

    public void AddFields(JsonElement row, string path, long number)
    {
        foreach (var property in row.EnumerateObject())
        {
            var field = Fields.Find(field => field.Name == property.Name);
            if (field is null)
                Fields.Add(field = new Shape(property.Name));
            field.Add(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", number);
        }
    }

    /// <summary>Decides what nothing but nulls and empty lists left open: texts, and messages inside a list.</summary>
    public void Complete()
    {
        if (Kind == ShapeKind.Unknown)
            Kind = ShapeKind.Text;
        if (Kind == ShapeKind.List && Item!.Kind == ShapeKind.Unknown && Name is not ("completions" or "labels"))
        {
            Item.Kind = ShapeKind.Struct;
            Item.Fields.AddRange([new Shape("role"), new Shape("content")]);
        }

        Item?.Complete();
        Fields.ForEach(field => field.Complete());
    }

    private void Add(JsonElement value, string path, long row)
    {
        var kind = Name == ToolCalls ? ShapeKind.Text : Of(value);
        if (value.ValueKind == JsonValueKind.Null)
            return;
        if (Kind != ShapeKind.Unknown && Kind != kind)
        {
            throw new ArgumentException($"The column '{path}' holds {Describe(kind)} in row {row} but {Describe(Kind)} before, "
                + "and a Parquet column has one type; write the two kinds to separate files.");
        }

        Kind = kind;
        if (kind == ShapeKind.Struct)
            AddFields(value, path, row);
        if (kind != ShapeKind.List)
            return;
        Item ??= new Shape("element");
        foreach (var item in value.EnumerateArray())
            Item.Add(item, path, row);
    }

    private static ShapeKind Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => ShapeKind.Unknown,
        JsonValueKind.String => ShapeKind.Text,
        JsonValueKind.True or JsonValueKind.False => ShapeKind.Truth,
        JsonValueKind.Number => ShapeKind.Number,
        JsonValueKind.Array => ShapeKind.List,
        _ => ShapeKind.Struct,
    };

    private static string Describe(ShapeKind kind) => kind switch
    {
        ShapeKind.Text => "text",
        ShapeKind.Truth => "true or false",
        ShapeKind.Number => "a number",
        ShapeKind.List => "a list (of messages, for instance)",
        _ => "an object",
    };
}
