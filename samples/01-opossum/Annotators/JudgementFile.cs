using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Provenance;

namespace Opossum.Annotators;

/// <summary>What the file of <c>--judgements</c> holds, and which file that was.</summary>
internal sealed record GivenJudgements(FeedbackReading Reading, DataSource Source)
{
    public IReadOnlyList<Judgement> Judgements => Reading.Judgements;
}

/// <summary>Reads the file of <c>--judgements</c>.</summary>
internal static class JudgementFile
{
    /// <summary>
    /// All judgements of a file in one of the layouts that the library can tell apart (its own, hh-rlhf, Open Assistant, TRL, ...); see the
    /// sample's README for what a hand-written line looks like.
    /// </summary>
    /// <exception cref="FeedbackFormatException">
    /// A line is not a judgement, or no line says that one answer is better than another.
    /// </exception>
    public static GivenJudgements Read(string path)
    {
        var input = FeedbackInput.FromFile(path);
        var reading = FeedbackFormats.Read(input);
        return Comparisons.Usable(reading.Judgements).Count > 0
            ? new(reading, new DataSource(input.Name, input.Sha256, reading.Judgements.Count))
            : throw new FeedbackFormatException(
                $"None of the {reading.Judgements.Count} judgements says that one answer is better than another, so there is nothing to " +
                "learn; a line looks like " +
                """{"prompt":"What is an opossum?","candidates":["...","..."],"preferred":"b","annotator":"ana"}.""",
                Path.GetFileName(path));
    }

    /// <summary>What the reader could not keep, left out or noticed, in sentences.</summary>
    public static IReadOnlyList<string> Notes(FeedbackReading reading) =>
    [
        .. reading.Report.Notes.Select(note => FormattableString.Invariant(
            $"{note.Message.TrimEnd('.')} ({note.Count} {(note.Count == 1 ? "time" : "times")}, first at {note.Examples[0]})")),
        .. reading.Suggestions.Count == 0
            ? Array.Empty<string>()
            : [FormattableString.Invariant($"Judgements of models, which are not used ({reading.Suggestions.Count})")],
    ];
}
