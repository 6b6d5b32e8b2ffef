using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PreferenceTuning.Metrics;

/// <summary>
/// Writes one JSON object per step: <c>{"step":12,"objective/kl":3.1,...}</c>. Numbers are written so that they read back exactly;
/// NaN and the infinities, which JSON lacks, are the texts <c>"NaN"</c>, <c>"Infinity"</c>, <c>"-Infinity"</c>. Each step is with the
/// operating system when <see cref="Write"/> returns, so a killed process loses none.
/// </summary>
public sealed class JsonLinesMetricsSink : IMetricsSink, IDisposable
{
    private const string StepField = "step";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly FileStream _file;
    private readonly MemoryStream _line = new();
    private readonly Utf8JsonWriter _writer;

    private JsonLinesMetricsSink(FileStream file)
    {
        _file = file;
        _writer = new Utf8JsonWriter(_line, Options);
    }

    /// <summary>Begins a file; one that is there is replaced.</summary>
    public static JsonLinesMetricsSink Create(string path)
    {
        MakeFolder(path);
        return new JsonLinesMetricsSink(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1));
    }

    /// <summary>
    /// Goes on with the file of an interrupted run. What came after the checkpoint is cut off, because it will be written again;
    /// so is a last line that was torn. A file that is not there is begun.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="lastStep">The step of the checkpoint that the run resumes from: later steps are cut.</param>
    /// <exception cref="FormatException">A line other than the last is not a metrics line.</exception>
    public static JsonLinesMetricsSink Resume(string path, long lastStep)
    {
        MakeFolder(path);
        if (File.Exists(path))
        {
            // Everything behind the first later step was written after the checkpoint, so what is kept is a beginning of the file.
            var kept = Lines(path).TakeWhile(line => line.Record.Step <= lastStep).Sum(line => Encoding.UTF8.GetByteCount(line.Text) + 1L);
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
            file.SetLength(kept);
            file.Flush(flushToDisk: true);
        }

        return new JsonLinesMetricsSink(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 1));
    }

    /// <summary>Reads a file back. A last line that was torn by a kill is left out.</summary>
    /// <exception cref="FormatException">A line other than the last is not a metrics line; the message names file and line.</exception>
    public static IReadOnlyList<MetricsRecord> Read(string path) => [.. Lines(path).Select(line => line.Record)];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Two metrics have the same name, or one is called <c>step</c>.</exception>
    public void Write(long step, IReadOnlyList<Metric> metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        CheckNames(metrics);
        _line.SetLength(0);
        _writer.Reset();
        _writer.WriteStartObject();
        _writer.WriteNumber(StepField, step);
        foreach (var (name, value) in metrics)
        {
            if (double.IsFinite(value))
            {
                _writer.WriteNumber(name, value);
            }
            else
            {
                _writer.WriteString(name, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
            }
        }

        _writer.WriteEndObject();
        _writer.Flush();
        _line.WriteByte((byte)'\n');
        // One write of a whole line, so that a kill tears at most the last one.
        _file.Write(_line.GetBuffer(), 0, (int)_line.Length);
        _file.Flush();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        _line.Dispose();
        _file.Dispose();
    }

    private static void CheckNames(IReadOnlyList<Metric> metrics)
    {
        var names = new HashSet<string> { StepField };
        foreach (var (name, _) in metrics)
        {
            if (!names.Add(name))
            {
                throw new ArgumentException(
                    $"'metrics' has the name '{name}' twice, or it is the name of the step; each name must occur once.", nameof(metrics));
            }
        }
    }

    private static void MakeFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static IEnumerable<(string Text, MetricsRecord Record)> Lines(string path)
    {
        var text = File.ReadAllText(path);
        var lines = text.Split('\n');
        // What follows the last line feed is either nothing or the torn end of a write.
        for (var i = 0; i < lines.Length - 1; i++)
        {
            yield return (lines[i], Parse(lines[i], path, i + 1));
        }
    }

    private static MetricsRecord Parse(string text, string path, int line)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var fields = document.RootElement;
            var metrics = fields.EnumerateObject().Where(field => field.Name != StepField).Select(
                field => new Metric(field.Name, Number(field.Value)));
            return new MetricsRecord(fields.GetProperty(StepField).GetInt64(), [.. metrics]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new FormatException($"{path}({line}): not a line of metrics, an object with 'step' and numbers: {e.Message}", e);
        }
    }

    private static double Number(JsonElement value) =>
        value.ValueKind != JsonValueKind.String ? value.GetDouble() : value.GetString() switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        var text => throw new FormatException($"'{text}' is not a number."),
    };
}
