using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Parquet.Saved;

namespace PreferenceTuning.Parquet;

/// <summary>
/// Reads a folder that the Hugging Face library's <c>save_to_disk</c> wrote: the Arrow files in the order that <c>state.json</c> names, as
/// one data set. A ClassLabel becomes its name, which stands in <c>dataset_info.json</c>; -1, no label, becomes null; but a column that the
/// rows' layout reads as numbers (<c>labels</c> of Stanford's preferences, <c>choice</c>, <c>rank</c>, ...) keeps them. Otherwise values are
/// as in <see cref="ArrowFeedback"/>; the line of a <see cref="SourceReference"/> is the row's number in its file, from 1.
/// </summary>
/// <remarks>The rows of all files are held as text, at most 1 GiB.</remarks>
public static class SavedDataset
{
    /// <summary>Whether a folder holds what <c>save_to_disk</c> leaves.</summary>
    public static bool IsSaved(string folder) => File.Exists(Path.Combine(folder, SavedState.FileName));

    /// <summary>Reads a folder in whichever layout its rows are.</summary>
    /// <exception cref="FeedbackFormatException">
    /// A file is missing, damaged, or named outside of the folder; or the layout is not known, or a row breaks it.
    /// </exception>
    public static FeedbackReading Read(string folder)
    {
        var rows = SavedRows.Of(folder);
        var reading = FeedbackFormats.Read(rows.Lines);
        return reading with { Judgements = rows.From(reading.Judgements), Suggestions = rows.From(reading.Suggestions) };
    }

    /// <summary>The rows of all files as JSON Lines, for a reader of one certain layout such as <see cref="TrlDatasets.Read"/>.</summary>
    /// <exception cref="FeedbackFormatException">A file is missing, damaged, or named outside of the folder.</exception>
    public static FeedbackInput ToJsonLines(string folder) => SavedRows.Of(folder).Lines;
}
