using System.Globalization;
using System.Text;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Pipelines;

/// <summary>
/// The files that DVC shows and compares: metrics as nested JSON numbers, plots as CSV. The same numbers give the same bytes, and a file is
/// written whole or not at all.
/// </summary>
public static class DvcFiles
{
    /// <summary>
    /// Writes metrics. A dot in a name opens a group; a metric without value is left out, since DVC compares numbers only.
    /// </summary>
    /// <param name="path">The file, conventionally <c>metrics/NAME.json</c>.</param>
    /// <param name="metrics">Names and values, each name once; NaN and infinities are errors.</param>
    /// <exception cref="ArgumentException">A value is not finite, or a name is used twice or both as number and as group.</exception>
    public static void WriteMetrics(string path, IEnumerable<(string Name, double? Value)> metrics)
    {
        var root = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, value) in metrics)
        {
            if (value is { } number)
                Add(root, name, double.IsFinite(number) ? number : throw new ArgumentException($"The metric '{name}' is {number}; only finite numbers can be compared.", nameof(metrics)));
        }

        AtomicFile.Write(path, stream =>
        {
            using (var writer = new Utf8JsonWriter(stream, CanonicalJson.Indented))
                Write(writer, root);
            stream.WriteByte((byte)'\n');
        });
    }

    /// <summary>Writes the points of a plot as CSV with a header.</summary>
    /// <param name="path">The file, conventionally <c>plots/NAME.csv</c>.</param>
    /// <param name="columns">The columns' names.</param>
    /// <param name="rows">The rows; a cell is a text, a number or null for an empty cell.</param>
    /// <exception cref="ArgumentException">A row has another number of cells than there are columns.</exception>
    public static void WritePlot(string path, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        var text = new StringBuilder(string.Join(',', columns.Select(Cell))).Append('\n');
        foreach (var row in rows)
        {
            if (row.Count != columns.Count)
                throw new ArgumentException($"A row has {row.Count} cells, but there are {columns.Count} columns.", nameof(rows));
            text.Append(string.Join(',', row.Select(Cell))).Append('\n');
        }

        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static void Add(SortedDictionary<string, object> root, string name, double value)
    {
        var parts = name.Split('.');
        var group = root;
        foreach (var part in parts[..^1])
        {
            if (!group.TryGetValue(part, out var inner))
                group[part] = inner = new SortedDictionary<string, object>(StringComparer.Ordinal);
            group = inner as SortedDictionary<string, object> ?? throw new ArgumentException(
                $"The metric '{name}' lies in '{part}', which is a number.", nameof(name));
        }

        if (!group.TryAdd(parts[^1], value))
            throw new ArgumentException($"The metric '{name}' is there already.", nameof(name));
    }

    private static void Write(Utf8JsonWriter writer, SortedDictionary<string, object> group)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in group)
        {
            writer.WritePropertyName(name);
            if (value is double number)
                writer.WriteNumberValue(number);
            else
                Write(writer, (SortedDictionary<string, object>)value);
        }

        writer.WriteEndObject();
    }

    private static string Cell(object? value)
    {
        var text = value switch
        {
            null => "",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
