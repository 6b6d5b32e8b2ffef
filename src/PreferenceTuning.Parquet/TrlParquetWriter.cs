using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;
using PreferenceTuning.Parquet.Writing;

namespace PreferenceTuning.Parquet;

/// <summary>
/// Writes Apache Parquet in the column conventions of Hugging Face TRL, with the schema that the Hub's own library writes: every column may
/// be null, texts are UTF-8 strings, numbers doubles, messages <c>list&lt;element: struct&lt;role, content&gt;&gt;</c> (with <c>name</c>
/// and <c>tool_calls</c>, the latter as JSON text, where there are any); Snappy, row groups of 50,000. The rows are those of
/// <see cref="TrlDatasetWriter"/> and <see cref="TrlPreferenceWriter"/>; equal rows give equal bytes.
/// </summary>
public static class TrlParquetWriter
{
    /// <summary>Writes judgements one by one to a file, whole or not at all.</summary>
    /// <returns>What could not be written.</returns>
    /// <exception cref="ArgumentException">A column would hold two types, text and messages for instance.</exception>
    public static ConversionReport WriteFile(string path, IEnumerable<Judgement> judgements)
    {
        ConversionReport? report = null;
        AtomicFile.Write(path, stream => report = Write(stream, judgements));
        return report!;
    }

    /// <summary>Writes pairs to a file, whole or not at all.</summary>
    /// <exception cref="ArgumentException">A column would hold two types, text and messages for instance.</exception>
    public static void WriteFile(string path, IEnumerable<TrlPreference> pairs) => AtomicFile.Write(path, stream => Write(stream, pairs));

    /// <summary>
    /// Writes the files of one data set, each whole or not at all, with the columns and types that all of them have together: the Hub's
    /// library refuses splits of which only one has a margin. The same holds for the parts of messages.
    /// </summary>
    /// <param name="files">The path and the pairs of each file.</param>
    /// <exception cref="ArgumentException">A column would hold two types, text and messages for instance.</exception>
    public static void WriteSplits(IReadOnlyList<(string Path, IReadOnlyList<TrlPreference> Pairs)> files)
    {
        var lines = files.Select(file => Lines(file.Pairs)).ToList();
        var shape = TableWriter.ShapeOf(lines);
        foreach (var (file, rows) in files.Zip(lines))
            AtomicFile.Write(file.Path, stream => TableWriter.Write(stream, rows, shape));
    }

    /// <summary>Writes judgements one by one to a seekable stream, which stays open.</summary>
    /// <returns>What could not be written.</returns>
    /// <exception cref="ArgumentException">A column would hold two types, text and messages for instance.</exception>
    public static ConversionReport Write(Stream stream, IEnumerable<Judgement> judgements)
    {
        using var lines = new MemoryStream();
        var report = TrlDatasetWriter.Write(lines, judgements);
        TableWriter.Write(stream, lines.GetBuffer().AsMemory(0, (int)lines.Length));
        return report;
    }

    /// <summary>Writes pairs to a seekable stream, which stays open.</summary>
    /// <exception cref="ArgumentException">A column would hold two types, text and messages for instance.</exception>
    public static void Write(Stream stream, IEnumerable<TrlPreference> pairs) => TableWriter.Write(stream, Lines(pairs));

    private static ReadOnlyMemory<byte> Lines(IEnumerable<TrlPreference> pairs)
    {
        using var lines = new MemoryStream();
        TrlPreferenceWriter.Write(lines, pairs);
        return lines.GetBuffer().AsMemory(0, (int)lines.Length);
    }
}
