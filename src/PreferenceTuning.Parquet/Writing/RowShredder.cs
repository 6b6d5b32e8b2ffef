using System.Text.Json;
using global::Parquet.Schema;

namespace PreferenceTuning.Parquet.Writing;

/// <summary>
/// Takes rows apart into columns (Melnik et al. 2010, "Dremel", section 4.2). As the Hub's library does, every field may be null and lists
/// are spelled <c>list.element</c>.
/// </summary>
internal sealed class RowShredder
{
    private readonly IReadOnlyList<Shape> _fields;
    private readonly Dictionary<Shape, ColumnBuffer> _buffers = new(ReferenceEqualityComparer.Instance);

    public RowShredder(IReadOnlyList<Shape> fields)
    {
        _fields = fields;
        Schema = new ParquetSchema(fields.Select(ToField));
    }

    public ParquetSchema Schema { get; }

    /// <summary>The columns in the schema's order.</summary>
    public List<ColumnBuffer> Columns { get; } = [];

    public void Add(JsonElement row)
    {
        foreach (var field in _fields)
            Add(field, Property(row, field.Name), 0, 0, 0);
    }

    private Field ToField(Shape shape)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Struct:
                return new StructField(shape.Name, [.. shape.Fields.Select(ToField)]);
            case ShapeKind.List:
                return new ListField(shape.Name, ToField(shape.Item!));
            default:
                Columns.Add(_buffers[shape] = new ColumnBuffer(shape.Kind));
                return new DataField(shape.Name, shape.Kind switch { ShapeKind.Number => typeof(double), ShapeKind.Truth => typeof(bool), _ => typeof(string) }, isNullable: true);
        }
    }

    private void Add(Shape shape, JsonElement? value, int definition, int repetition, int depth)
    {
        if (value is not { ValueKind: not JsonValueKind.Null } given)
            AddNulls(shape, definition, repetition);
        else if (shape.Kind == ShapeKind.Struct)
            shape.Fields.ForEach(field => Add(field, Property(given, field.Name), definition + 1, repetition, depth));
        else if (shape.Kind == ShapeKind.List)
            AddItems(shape, given, definition + 1, repetition, depth);
        else
            _buffers[shape].Add(given, definition + 1, repetition);
    }

    private void AddItems(Shape shape, JsonElement list, int definition, int repetition, int depth)
    {
        if (list.GetArrayLength() == 0)
            AddNulls(shape, definition, repetition);
        foreach (var item in list.EnumerateArray())
        {
            Add(shape.Item!, item, definition + 1, repetition, depth + 1);
            repetition = depth + 1;
        }
    }

    private void AddNulls(Shape shape, int definition, int repetition)
    {
        if (shape.Kind == ShapeKind.Struct)
            shape.Fields.ForEach(field => AddNulls(field, definition, repetition));
        else if (shape.Kind == ShapeKind.List)
            AddNulls(shape.Item!, definition, repetition);
        else
            _buffers[shape].AddNull(definition, repetition);
    }

    private static JsonElement? Property(JsonElement row, string name) => row.TryGetProperty(name, out var value) ? value : null;
}
