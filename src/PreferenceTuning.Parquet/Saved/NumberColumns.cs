using System.Text.Json;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Parquet.Saved;

/// <summary>
/// The columns that a layout reads as numbers: 1 means A in the <c>labels</c> of Stanford's preferences whatever the label is called, so
/// that there a name in place of the number would say less.
/// </summary>
internal static class NumberColumns
{
    /// <summary>Whether a column keeps its numbers, by the layout of the first row; none where the layout is not known.</summary>
    public static Predicate<string> Of(ReadOnlyMemory<byte> lines)
    {
        if (lines.IsEmpty || LayoutOf(lines[..lines.Span.IndexOf((byte)'\n')]) is not { } layout)
            return _ => false;
        return layout switch
        {
            FeedbackFormat.StanfordHumanPreferences => name => name == "labels",
            FeedbackFormat.SummarizeComparisons => name => name == "choice",
            FeedbackFormat.OpenAssistantFlat => name => name == "rank",
            FeedbackFormat.WebGpt => name => name is "score_0" or "score_1",
            FeedbackFormat.PandaLm => name => name.StartsWith("annotator", StringComparison.Ordinal),
            _ => _ => false,
        };
    }

    private static FeedbackFormat? LayoutOf(ReadOnlyMemory<byte> line)
    {
        try
        {
            return FeedbackFormats.Detect(new FeedbackInput("row", line));
        }
        catch (FeedbackFormatException)
        {
            return null;
        }
    }
}
