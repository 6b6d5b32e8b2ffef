using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Parquet.Arrow;

namespace PreferenceTuning.Parquet;

/// <summary>
/// Reads preference data sets in Apache Arrow's IPC format, as the Hugging Face library's <c>save_to_disk</c> leaves them: streams
/// (<c>data-00000-of-00001.arrow</c>) and files (Feather 2). A row becomes a JSON object and goes to the reader of its layout, with values
/// spelled as in <see cref="ParquetFeedback"/>. The line of a <see cref="SourceReference"/> is the row's number, from 1.
/// </summary>
/// <remarks>
/// The rows are held as text, at most 64 MiB and 200 times the file, and 1 GiB in all. Compressed buffers, unions, intervals, durations and
/// run-end encoding are refused, and so is a stream without its end mark, which may have been cut. Names of a ClassLabel stand in
/// <c>dataset_info.json</c> beside the file: <see cref="SavedDataset"/> reads both.
/// </remarks>
public static class ArrowFeedback
{
    /// <summary>Whether an input begins as an Arrow stream or file does.</summary>
    public static bool IsArrow(FeedbackInput input) => ArrowRows.IsFile(input.Bytes.Span) || ArrowRows.IsStream(input.Bytes.Span);

    /// <summary>Reads an input in whichever layout its rows are.</summary>
    /// <exception cref="FeedbackFormatException">
    /// The input is damaged or holds what is not supported, its layout is not known, or a row breaks it; the line is the row's number.
    /// </exception>
    public static FeedbackReading Read(FeedbackInput input) => ColumnarReading.Of(input, ToJsonLines(input));

    /// <summary>Tells the layout of an input by its first row.</summary>
    /// <exception cref="FeedbackFormatException">The input is damaged, holds no row, or its layout is none of those known.</exception>
    public static FeedbackFormat Detect(FeedbackInput input) => ColumnarReading.Detect(input, ArrowRows.Lines(input, mostRows: 1));

    /// <summary>
    /// The rows as JSON Lines, for a reader of one certain layout such as <see cref="TrlDatasets.Read"/>; the hash is then that of the
    /// lines.
    /// </summary>
    /// <exception cref="FeedbackFormatException">The input is damaged or holds what is not supported.</exception>
    public static FeedbackInput ToJsonLines(FeedbackInput input) => new(input.Name, ArrowRows.Lines(input, long.MaxValue));
}
