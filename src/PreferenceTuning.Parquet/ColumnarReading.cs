using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Parquet;

/// <summary>Reads the rows of a columnar file, which stand there as JSON Lines, as what they are.</summary>
internal static class ColumnarReading
{
    public static FeedbackReading Of(FeedbackInput file, FeedbackInput lines)
    {
        var reading = FeedbackFormats.Read(lines);
        return reading with { Judgements = From(file, reading.Judgements), Suggestions = From(file, reading.Suggestions) };
    }

    /// <summary>The error for what was met in a row or, before the first, in the metadata.</summary>
    public static FeedbackFormatException Damaged(string problem, FeedbackInput file, long row, Exception cause) =>
        new(problem, file.Name, row > 0 ? row : null, row > 0 ? null : "metadata", cause);

    public static FeedbackFormat Detect(FeedbackInput file, ReadOnlyMemory<byte> firstLine) => firstLine.IsEmpty
        ? throw new FeedbackFormatException("The file holds no row.", file.Name, position: "metadata")
        : FeedbackFormats.Detect(new FeedbackInput(file.Name, firstLine));

    // What was read is the file, not its rows as text.
    private static List<Judgement> From(FeedbackInput file, IReadOnlyList<Judgement> judgements) =>
    [
        .. judgements.Select(judgement => judgement.Source is { } source
            ? judgement with { Source = source with { Sha256 = file.Sha256 } }
            : judgement),
    ];
}
