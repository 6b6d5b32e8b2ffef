using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Parquet;

/// <summary>
/// Reads preference data sets in Apache Parquet: every layout of <see cref="FeedbackFormats"/>, as the Hugging Face Hub and old writers
/// keep them (plain, dictionary, delta and byte-stream-split encodings; both page versions; none, snappy, gzip, brotli, zstd and lz4;
/// lists and maps in every spelling). A row becomes a JSON object and goes to the reader of its layout: numbers stay exact; NaN and
/// infinities become the texts <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c>; decimals become numbers; days and times become ISO 8601
/// texts; bytes that are no text become base64; a map becomes a list of [key, value]. The line of a <see cref="SourceReference"/> is the
/// row's number, from 1.
/// </summary>
/// <remarks>
/// Pages are read one at a time and column; the rows are held as text, at most 64 MiB and 200 times the file, and 1 GiB in all.
/// Encrypted files, columns in other files, LZO and levels in the old BIT_PACKED encoding are refused.
/// </remarks>
public static class ParquetFeedback
{
    /// <summary>Whether an input begins as a Parquet file does.</summary>
    public static bool IsParquet(FeedbackInput input) => input.Bytes.Span.StartsWith("PAR1"u8) || input.Bytes.Span.StartsWith("PARE"u8);

    /// <summary>Reads a file in whichever layout its rows are.</summary>
    /// <exception cref="FeedbackFormatException">
    /// The file is damaged or holds what is not supported, its layout is not known, or a row breaks it; the line is the row's number.
    /// </exception>
    public static FeedbackReading Read(FeedbackInput input) => ColumnarReading.Of(input, ToJsonLines(input));

    /// <summary>Tells the layout of a file by its first row.</summary>
    /// <exception cref="FeedbackFormatException">The file is damaged, holds no row, or its layout is none of those known.</exception>
    public static FeedbackFormat Detect(FeedbackInput input) => ColumnarReading.Detect(input, ParquetRows.FirstLine(input));

    /// <summary>
    /// The rows as JSON Lines, for a reader of one certain layout such as <see cref="TrlDatasets.Read"/>; the hash is then that of the
    /// lines.
    /// </summary>
    /// <exception cref="FeedbackFormatException">The file is damaged or holds what is not supported.</exception>
    public static FeedbackInput ToJsonLines(FeedbackInput input) => new(input.Name, ParquetRows.Lines(input));
}
