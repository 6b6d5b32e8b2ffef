using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Parquet.Pages;
using PreferenceTuning.Parquet.Rows;
using PreferenceTuning.Parquet.Thrift;

namespace PreferenceTuning.Parquet;

/// <summary>Reads the rows of a Parquet file as JSON, so that each layout is read by the one reader that it has.</summary>
internal sealed class ParquetRows
{
    private const long MostBytes = 1L << 30;

    private readonly FeedbackInput _input;
    private readonly Footer _footer;
    private readonly IReadOnlyList<Node> _fields;
    private readonly IReadOnlyList<Leaf> _leaves;

    private ParquetRows(FeedbackInput input)
    {
        _input = input;
        _footer = Footer.Read(input.Bytes);
        (_fields, _leaves) = SchemaTree.Build(_footer.Schema);
    }

    /// <summary>All rows, a line each.</summary>
    public static ReadOnlyMemory<byte> Lines(FeedbackInput input)
    {
        using var lines = new MemoryStream();
        // Text packs well and a dictionary may stand for much of it; but a few bytes must not become a gigabyte.
        using var writer = new RowWriter(lines, Math.Min(MostBytes, (64L << 20) + 200L * input.Bytes.Length));
        Guard(input, writer, rows =>
        {
            foreach (var (group, index) in rows._footer.RowGroups.Select((group, index) => (group, index)))
                writer.Write(rows._fields, rows.Cursors(group, index), group.Rows);
        });
        return lines.GetBuffer().AsMemory(0, (int)lines.Length);
    }

    /// <summary>The first row, or nothing where there is none.</summary>
    public static ReadOnlyMemory<byte> FirstLine(FeedbackInput input)
    {
        using var line = new MemoryStream();
        using var writer = new RowWriter(line, MostBytes);
        Guard(input, writer, rows =>
        {
            var index = rows._footer.RowGroups.ToList().FindIndex(group => group.Rows > 0);
            if (index >= 0)
                writer.WriteFirst(rows._fields, rows.Cursors(rows._footer.RowGroups[index], index));
        });
        return line.ToArray();
    }

    private static void Guard(FeedbackInput input, RowWriter writer, Action<ParquetRows> read)
    {
        try
        {
            read(new ParquetRows(input));
        }
        catch (DamagedException exception)
        {
            throw ColumnarReading.Damaged(exception.Message, input, writer.Row, exception);
        }
    }

    private List<ColumnCursor> Cursors(RowGroup group, int index)
    {
        if (group.Columns.Count != _leaves.Count)
            throw new DamagedException($"Row group {index + 1} holds {group.Columns.Count} columns, the schema {_leaves.Count}.");
        if (group.Rows < 0)
            throw new DamagedException($"Row group {index + 1} says that it holds {group.Rows} rows.");
        var budget = new PageBudget();
        return [.. _leaves.Select(leaf => new ColumnCursor(_input.Bytes, group.Columns[leaf.Index], leaf, budget))];
    }
}
