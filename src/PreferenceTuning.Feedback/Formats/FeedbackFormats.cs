using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>The layouts that are told apart by the keys of a file's first record.</summary>
public enum FeedbackFormat
{
    /// <summary>This library's own judgements, see <see cref="JudgementJsonLines"/>.</summary>
    Judgements,

    /// <summary>See <see cref="Formats.HhRlhf"/>.</summary>
    HhRlhf,

    /// <summary>See <see cref="TrlDatasets"/>.</summary>
    Trl,

    /// <summary>See <see cref="SummarizeFromFeedback.ReadComparisons"/>.</summary>
    SummarizeComparisons,

    /// <summary>See <see cref="SummarizeFromFeedback.ReadAxes"/>.</summary>
    SummarizeAxes,

    /// <summary>See <see cref="Formats.WebGpt"/>.</summary>
    WebGpt,

    /// <summary>See <see cref="Formats.StanfordHumanPreferences"/>.</summary>
    StanfordHumanPreferences,

    /// <summary>See <see cref="Formats.UltraFeedback"/>.</summary>
    UltraFeedback,

    /// <summary>See <see cref="OpenAssistant.ReadTrees"/>.</summary>
    OpenAssistantTrees,

    /// <summary>See <see cref="OpenAssistant.ReadFlat"/>.</summary>
    OpenAssistantFlat,

    /// <summary>See <see cref="Formats.PandaLm"/>.</summary>
    PandaLm,

    /// <summary>See <see cref="Formats.Argilla"/>.</summary>
    Argilla,

    /// <summary>See <see cref="LabelStudio.LabelStudioExport"/>; it needs a labelling config.</summary>
    LabelStudio,
}

/// <summary>Reads any of the layouts that this library knows, told by the keys of the first record.</summary>
public static class FeedbackFormats
{
    /// <summary>Reads an input in whichever layout it is in.</summary>
    /// <exception cref="FeedbackFormatException">
    /// The layout is not known, is that of a Label Studio export (which needs its labelling config), or a record breaks it.
    /// </exception>
    public static FeedbackReading Read(FeedbackInput input) => Detect(input) switch
    {
        FeedbackFormat.Judgements => Own(input),
        FeedbackFormat.HhRlhf => HhRlhf.Read(input),
        FeedbackFormat.SummarizeComparisons => SummarizeFromFeedback.ReadComparisons(input),
        FeedbackFormat.SummarizeAxes => SummarizeFromFeedback.ReadAxes(input),
        FeedbackFormat.WebGpt => WebGpt.Read(input),
        FeedbackFormat.StanfordHumanPreferences => StanfordHumanPreferences.Read(input),
        FeedbackFormat.UltraFeedback => UltraFeedback.Read(input),
        FeedbackFormat.OpenAssistantTrees => OpenAssistant.ReadTrees(input),
        FeedbackFormat.OpenAssistantFlat => OpenAssistant.ReadFlat(input),
        FeedbackFormat.PandaLm => PandaLm.Read(input),
        FeedbackFormat.Argilla => Argilla.Read(input),
        FeedbackFormat.Trl => TrlDatasets.Read(input),
        _ => throw new FeedbackFormatException(
            "This is a Label Studio export; read it with LabelStudioExport and the project's labelling config.", input.Name, line: 1),
    };

    /// <summary>Tells the layout of an input.</summary>
    /// <exception cref="FeedbackFormatException">It is none of those known, or holds no record.</exception>
    public static FeedbackFormat Detect(FeedbackInput input)
    {
        FeedbackFormat? found = null;
        JsonDocuments.First(input, row => found = Of(row.RequireObject()));
        return found ?? throw new FeedbackFormatException("The file holds no record.", input.Name, line: 1);
    }

    private static FeedbackReading Own(FeedbackInput input)
    {
        var judgements = JudgementJsonLines.Read(input);
        return new FeedbackReading(judgements, [], new ConversionReport(judgements.Count, []));
    }

    private static FeedbackFormat Of(JsonValue row)
    {
        if (row["data"].IsObject && (row.Has("annotations") || row.Has("completions")))
            return FeedbackFormat.LabelStudio;
        if (row["summaries"].IsArray)
            return FeedbackFormat.SummarizeComparisons;
        if (row["summary"].IsObject)
            return FeedbackFormat.SummarizeAxes;
        if (row["question"].IsObject && row.Has("answer_0"))
            return FeedbackFormat.WebGpt;
        if (row.Has("human_ref_A"))
            return FeedbackFormat.StanfordHumanPreferences;
        if (row.Has("instruction") && row["completions"].IsArray)
            return FeedbackFormat.UltraFeedback;
        if (row.Has("message_tree_id") && row["prompt"].IsObject)
            return FeedbackFormat.OpenAssistantTrees;
        if (row.Has("message_id") && row.Has("role"))
            return FeedbackFormat.OpenAssistantFlat;
        if (row.Has("response1") && row.Has("annotator1"))
            return FeedbackFormat.PandaLm;
        if (row["fields"].IsObject || row.Properties().Any(property => property.Name.EndsWith(".responses", StringComparison.Ordinal)
            || property.Name.EndsWith("-suggestion", StringComparison.Ordinal) || ArgillaRecord.IsAnswers(property.Value)))
            return FeedbackFormat.Argilla;
        if (row["chosen"].IsText && row["rejected"].IsText && !row.Has("prompt") && HhRlhf.Begins(row["chosen"].Text()))
            return FeedbackFormat.HhRlhf;
        if (row.Has("candidates") || row.Has("kind"))
            return FeedbackFormat.Judgements;
        if (row.Has("chosen") || row.Has("completion") || row.Has("completions") || row.Has("messages") || row.Has("steps") || row.Has("text") || row.Has("prompt"))
            return FeedbackFormat.Trl;
        throw row.Error($"The layout is not known; the first record's keys are: {string.Join(", ", row.Properties().Select(property => property.Name).Take(20))}.");
    }
}
