using System.Text.Json;
using global::Parquet;

namespace PreferenceTuning.Parquet.Writing;

/// <summary>Writes rows that are JSON Lines as one table: types found in a first pass, row groups filled in a second.</summary>
internal static class TableWriter
{
    /// <summary>
    /// A row group ends with this many rows or bytes of JSON: its texts are held until it is written, a column in one page.
    /// </summary>
    private const int GroupRows = 50_000, GroupBytes = 64 << 20;

    private static readonly string[] WithoutRows = ["prompt", "chosen", "rejected"];

    public static void Write(Stream stream, ReadOnlyMemory<byte> lines) => Write(stream, lines, ShapeOf([lines]));

    /// <summary>Writes rows with the columns that these and others have together.</summary>
    public static void Write(Stream stream, ReadOnlyMemory<byte> lines, Shape table)
    {
        // The library only offers asynchronous writing; nothing here waits for anything but the stream.
        WriteAsync(stream, new RowShredder(table.Fields), lines).GetAwaiter().GetResult();
    }

    /// <summary>The columns of several tables together.</summary>
    public static Shape ShapeOf(IEnumerable<ReadOnlyMemory<byte>> tables)
    {
        var shape = new Shape("");
        long number = 0;
        foreach (var (row, _) in tables.SelectMany(Rows))
        {
            using (row)
                shape.AddFields(row.RootElement, "", ++number);
        }

        if (number == 0)
            shape.Fields.AddRange(WithoutRows.Select(name => new Shape(name)));
        shape.Fields.ForEach(field => field.Complete());
        return shape;
    }

    private static async Task WriteAsync(Stream stream, RowShredder shredder, ReadOnlyMemory<byte> lines)
    {
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy };
        var writer = await ParquetWriter.CreateAsync(shredder.Schema, stream, options).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            var (rows, bytes) = (0, 0L);
            foreach (var (row, length) in Rows(lines))
            {
                using (row)
                    shredder.Add(row.RootElement);
                (rows, bytes) = (rows + 1, bytes + length);
                if (rows < GroupRows && bytes < GroupBytes)
                    continue;
                await WriteGroupAsync(writer, shredder).ConfigureAwait(false);
                (rows, bytes) = (0, 0);
            }

            if (rows > 0)
                await WriteGroupAsync(writer, shredder).ConfigureAwait(false);
        }
    }

    private static async Task WriteGroupAsync(ParquetWriter writer, RowShredder shredder)
    {
        using var group = writer.CreateRowGroup();
        foreach (var (column, field) in shredder.Columns.Zip(shredder.Schema.GetDataFields()))
        {
            await column.WriteAsync(group, field).ConfigureAwait(false);
            column.Clear();
        }

        group.CompleteValidate();
    }

    private static IEnumerable<(JsonDocument Row, int Length)> Rows(ReadOnlyMemory<byte> lines)
    {
        while (lines.Length > 0)
        {
            var end = lines.Span.IndexOf((byte)'\n');
            yield return (JsonDocument.Parse(lines[..end]), end);
            lines = lines[(end + 1)..];
        }
    }
}
