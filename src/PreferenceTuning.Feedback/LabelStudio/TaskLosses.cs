using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>
/// What of a judgement has no place beside a task: the server gives numbers and dates of its own, and flags are read out of the answers
/// again.
/// </summary>
internal static class TaskLosses
{
    public static void OfAnnotation(
        ConversionNotes notes, Judgement judgement, JudgingItem item, IReadOnlyList<Candidate> order, string? instructions) =>
        notes.Lost("These have no place in an annotation",
        [
            .. Always(judgement, instructions),
            ("confidence", judgement.Confidence is not null),
            ("another order shown", judgement.Shown is { } shown && !shown.SequenceEqual(order.Select(candidate => candidate.Id))),
        ], item.Id);

    public static void OfPrediction(ConversionNotes notes, Judgement judgement, JudgingItem item, string? instructions) =>
        notes.Lost("These have no place in a prediction",
        [
            .. Always(judgement, instructions),
            ("working times", judgement.Seconds is not null),
            ("skips", judgement.Skipped),
            ("gold marks", judgement.Gold),
        ], item.Id);

    private static IEnumerable<(string Name, bool Held)> Always(Judgement judgement, string? instructions) =>
    [
        ("ids", judgement.Id is not null),
        ("margins", judgement.Margin is not null),
        ("dates", judgement.CreatedAt is not null || judgement.UpdatedAt is not null),
        ("instruction versions other than the tasks'", judgement.InstructionVersion is { } version && version != instructions),
        ("what the source says beyond that", judgement.Extra.Count > 0),
    ];
}
