using System.Text.Encodings.Web;
using System.Text.Json;
using PreferenceTuning.Parquet.Pages;

namespace PreferenceTuning.Parquet.Rows;

/// <summary>Puts the columns of one row group together into rows and writes each as a line of JSON.</summary>
internal sealed class RowWriter(Stream stream, long mostBytes) : IDisposable
{
    private const int LongestRow = 16 << 20;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Utf8JsonWriter _json = new(stream, Compact);
    private IReadOnlyList<ColumnCursor> _columns = [];

    /// <summary>The number of rows written or begun, over all row groups.</summary>
    public long Row { get; private set; }

    public void Write(IReadOnlyList<Node> fields, IReadOnlyList<ColumnCursor> columns, long rows)
    {
        _columns = columns;
        for (long row = 0; row < rows; row++)
        {
            Row++;
            Object(fields);
            RequireRowEnd();
            _json.Flush();
            _json.Reset();
            stream.WriteByte((byte)'\n');
            if (stream.Length > mostBytes)
                throw new DamagedException(
                    $"The rows take more than {mostBytes} bytes as text, which is too much for a file of this size; write it in parts.");
        }

        if (columns.FirstOrDefault(column => !column.Ended) is not null)
            throw new DamagedException($"A column goes on behind the {rows} rows of its row group.");
    }

    /// <summary>Only the first row, to tell the layout.</summary>
    public void WriteFirst(IReadOnlyList<Node> fields, IReadOnlyList<ColumnCursor> columns)
    {
        _columns = columns;
        Row++;
        Object(fields);
        _json.Flush();
    }

    public void Dispose() => _json.Dispose();

    private void RequireRowEnd()
    {
        // By number: an enumerator for every row of millions is garbage.
        for (var index = 0; index < _columns.Count; index++)
        {
            if (_columns[index].Repetition != 0)
                throw new DamagedException("A column repeats more often than the others of its list.");
        }
    }

    private void Object(IReadOnlyList<Node> fields)
    {
        _json.WriteStartObject();
        for (var index = 0; index < fields.Count; index++)
        {
            _json.WritePropertyName(fields[index].Name);
            Write(fields[index]);
        }

        _json.WriteEndObject();
    }

    private void Write(Node node)
    {
        var first = _columns[node.FirstLeaf];
        if (first.Definition < node.NullBelow)
        {
            _json.WriteNullValue();
            Pass(node);
            return;
        }

        switch (node.Kind)
        {
            case NodeKind.Value:
                Value(node, first);
                break;
            case NodeKind.Struct:
                Object(node.Children);
                break;
            default:
                Items(node, first);
                break;
        }
    }

    private void Value(Node node, ColumnCursor column)
    {
        if (column.Definition != node.Leaf!.Definition)
            throw new DamagedException($"Column '{node.Leaf.Path}': its levels contradict those of the columns beside it.");
        ValueWriter.Write(_json, node.Leaf, column.Value.Span);
        column.Advance();
    }

    private void Items(Node node, ColumnCursor first)
    {
        _json.WriteStartArray();
        if (first.Definition < node.EmptyBelow)
        {
            Pass(node);
        }
        else
        {
            do
            {
                Item(node);
                if (_json.BytesPending + _json.BytesCommitted > LongestRow)
                    throw new DamagedException($"The row takes more than {LongestRow >> 20} MiB as text.");
            }
            while (first.Repetition == node.Repetition);
        }

        _json.WriteEndArray();
    }

    // A map is written as a list of [key, value], because JSON's names are only texts.
    private void Item(Node node)
    {
        if (node.Kind == NodeKind.List)
        {
            Write(node.Children[0]);
            return;
        }

        _json.WriteStartArray();
        foreach (var part in node.Children)
            Write(part);
        _json.WriteEndArray();
    }

    // Every column below a null or an empty list has one slot that says so.
    private void Pass(Node node)
    {
        if (node.Leaf is { } leaf)
            _columns[leaf.Index].Advance();
        foreach (var child in node.Children)
            Pass(child);
    }
}
