using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Parquet.Arrow;

namespace PreferenceTuning.Parquet.Saved;

/// <summary>The rows of a saved data set as JSON Lines, and in which file each stands.</summary>
internal sealed class SavedRows
{
    private const long MostBytes = 1L << 30;

    private readonly List<(FeedbackInput File, long Before)> _files;

    private SavedRows(FeedbackInput lines, List<(FeedbackInput File, long Before)> files)
    {
        Lines = lines;
        _files = files;
    }

    public FeedbackInput Lines { get; }

    public static SavedRows Of(string folder)
    {
        var paths = SavedState.DataFiles(folder);
        var labels = LabelNames.Of(folder);
        var files = new List<(FeedbackInput, long)>();
        using var lines = new MemoryStream();
        long rows = 0;
        foreach (var path in paths)
        {
            var file = FeedbackInput.FromFile(path);
            files.Add((file, rows));
            var stored = ArrowRows.Lines(file, long.MaxValue);
            if (rows == 0)
                labels = labels?.Without(NumberColumns.Of(stored));
            rows += Append(lines, file, stored.Span, labels);
        }

        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return new SavedRows(new FeedbackInput(name, lines.ToArray()), files);
    }

    /// <summary>The judgements with the file and row that each came from, in place of a line of the whole.</summary>
    public List<Judgement> From(IReadOnlyList<Judgement> judgements) =>
        [.. judgements.Select(judgement => judgement with { Source = From(judgement.Source) })];

    private SourceReference? From(SourceReference? source)
    {
        if (source?.Line is not { } line)
            return source;
        var (file, before) = _files.Last(entry => entry.Before < line);
        return new SourceReference(file.Name, file.Sha256, line - before);
    }

    private static long Append(MemoryStream lines, FeedbackInput file, ReadOnlySpan<byte> rest, LabelNames? labels)
    {
        long row = 0;
        while (rest.Length > 0)
        {
            row++;
            var end = rest.IndexOf((byte)'\n');
            lines.Write(labels is null ? rest[..end] : Named(labels, rest[..end], file, row));
            lines.WriteByte((byte)'\n');
            rest = rest[(end + 1)..];
            if (lines.Length > MostBytes)
                throw new FeedbackFormatException("The rows take more than 1 GiB as text; save the data set in parts.", file.Name, row);
        }

        return row;
    }

    private static byte[] Named(LabelNames labels, ReadOnlySpan<byte> line, FeedbackInput file, long row)
    {
        try
        {
            return labels.Named(line);
        }
        catch (DamagedException exception)
        {
            throw new FeedbackFormatException(exception.Message, file.Name, row, cause: exception);
        }
    }
}
