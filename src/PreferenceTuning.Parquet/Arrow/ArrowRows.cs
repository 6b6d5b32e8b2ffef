using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Parquet.Arrow;

/// <summary>Reads the rows of an Arrow stream or file as JSON, batch by batch.</summary>
internal static class ArrowRows
{
    private const long MostBytes = 1L << 30;
    private const int LongestRow = 16 << 20;
    private const int FileHead = 8;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsFile(ReadOnlySpan<byte> bytes) => bytes.StartsWith("ARROW1"u8);

    /// <summary>A message begins with a continuation mark and the length of its metadata, which no text and no Parquet file does.</summary>
    public static bool IsStream(ReadOnlySpan<byte> bytes) => bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFF, 0xFF, 0xFF]);

    /// <summary>The rows, a line each.</summary>
    public static ReadOnlyMemory<byte> Lines(FeedbackInput input, long mostRows)
    {
        using var lines = new MemoryStream();
        long row = 0;
        try
        {
            // A file is a stream between two marks, with a table of contents that a reader of everything does not need.
            var stream = Stream(input.Bytes);
            using var reader = new ArrowStreamReader(stream);
            using var json = new Utf8JsonWriter(lines, Compact);
            var limit = Math.Min(MostBytes, (64L << 20) + (200L * input.Bytes.Length));
            while (row < mostRows && reader.ReadNextRecordBatch() is { } batch)
            {
                using (batch)
                    Write(json, lines, batch, mostRows, limit, ref row);
            }

            _ = reader.Schema ?? throw new DamagedException("There is no schema.");
        }
        catch (DamagedException exception)
        {
            throw ColumnarReading.Damaged(exception.Message, input, row, exception);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The package checks little and throws whatever happens to it.
            throw ColumnarReading.Damaged(
                $"The Arrow data cannot be read, they may be damaged or hold what is not supported: {exception.Message}", input, row, exception);
        }

        return lines.GetBuffer().AsMemory(0, (int)lines.Length);
    }

    private static void Write(Utf8JsonWriter json, MemoryStream lines, RecordBatch batch, long mostRows, long limit, ref long row)
    {
        for (var index = 0; index < batch.Length && row < mostRows; index++)
        {
            row++;
            json.WriteStartObject();
            for (var column = 0; column < batch.ColumnCount; column++)
            {
                var name = batch.Schema.FieldsList[column].Name;
                json.WritePropertyName(name);
                new ArrowValueWriter(json, name, LongestRow).Write(batch.Column(column), index);
            }

            json.WriteEndObject();
            json.Flush();
            json.Reset();
            lines.WriteByte((byte)'\n');
            if (lines.Length > limit)
                throw new DamagedException(
                    $"The rows take more than {limit} bytes as text, which is too much for a file of this size; write it in parts.");
        }
    }

    // The reader takes the end of the bytes for the end of the rows; a cut between two batches would go unnoticed.
    private static ReadOnlyMemory<byte> Stream(ReadOnlyMemory<byte> bytes)
    {
        var isFile = IsFile(bytes.Span);
        if (!isFile && !IsStream(bytes.Span))
            throw new DamagedException("This is neither an Arrow stream nor an Arrow file.");
        var (start, end) = (isFile ? FileHead : 0, 0);
        for (end = start; end + 8 <= bytes.Length && BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[end..]) == uint.MaxValue;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[(end + 4)..]);
            if (length == 0)
                return bytes[start..(end + 8)];
            if (length < 0 || length > bytes.Length - end - 8)
                break;
            var body = MessageHead.BodyLength(bytes.Span.Slice(end + 8, length));
            if (body < 0 || body > bytes.Length - end - 8 - length)
                break;
            end += 8 + length + (int)body;
        }

        throw new DamagedException($"At byte {end} there is no whole message and no end mark; the file may be cut.");
    }
}
