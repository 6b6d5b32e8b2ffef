using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;

namespace Opossum.Annotators;

/// <summary>Reads the file of <c>--judgements</c>.</summary>
internal static class JudgementFile
{
    /// <summary>
    /// All judgements of a file in one of the layouts that the library can tell apart (its own, hh-rlhf, Open Assistant, TRL, ...); see the
    /// sample's README for what a hand-written line looks like.
    /// </summary>
    /// <exception cref="FeedbackFormatException">A line is not a judgement, or no line says that one answer is better than another.</exception>
    public static IReadOnlyList<Judgement> Read(string path)
    {
        var judgements = FeedbackFormats.Read(FeedbackInput.FromFile(path)).Judgements;
        return Comparisons.Usable(judgements).Count > 0
            ? judgements
            : throw new FeedbackFormatException(
                $"None of the {judgements.Count} judgements says that one answer is better than another, so there is nothing to learn; a line looks like " +
                """{"prompt":"What is an opossum?","candidates":["...","..."],"preferred":"b","annotator":"ana"}.""",
                Path.GetFileName(path));
    }
}
