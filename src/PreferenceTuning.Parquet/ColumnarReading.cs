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

    public static FeedbackFormat Detect(FeedbackInput file, ReadOnlyMemory<byte> firstLine) => firstLine.IsEmpty
        ? throw new FeedbackFormatException("The file holds no row.", file.Name)
        : FeedbackFormats.Detect(new FeedbackInput(file.Name, firstLine));

    // What was read is the file, not its rows as text.
    private static List<Judgement> From(FeedbackInput file, IReadOnlyList<Judgement> judgements) =>
    [
        .. judgements.Select(judgement => judgement.Source is { } source
            ? judgement with { Source = source with { Sha256 = file.Sha256 } }
            : judgement),
    ];
}
