using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>What of a judgement has no column in the rows that <see cref="TrlDatasetWriter"/> writes.</summary>
internal static class TrlLosses
{
    public static void Say(ConversionNotes notes, Judgement judgement, string where) =>
        notes.Lost("These have no column and are lost", Always(judgement).Concat(Answers(judgement)), where);

    private static IEnumerable<(string Name, bool Held)> Always(Judgement judgement) =>
    [
        ("ids", judgement.Id is not null || judgement.Item is not null),
        ("annotators", judgement.Annotator is not null),
        ("working times", judgement.Seconds is not null),
        ("gold marks", judgement.Gold),
        ("confidence", judgement.Confidence is not null),
        ("instruction versions", judgement.InstructionVersion is not null),
        ("dates", judgement.CreatedAt is not null || judgement.UpdatedAt is not null),
        ("the order shown", judgement.Shown is not null),
        ("flags", judgement.Flags.Any(flag => flag != JudgementFlag.EmptyAnswer)),
        ("models", judgement.Candidates.Any(candidate => candidate.Model is not null)),
        ("sampling", judgement.Candidates.Any(candidate => candidate.Sampling is not null)),
        ("what the source says of candidates beyond that", judgement.Candidates.Any(candidate => candidate.Extra.Count > 0)),
        ("what the source says beyond that", judgement.Extra.Any(extra => extra.Key != Judgement.ChosenProbabilityColumn || judgement.ChosenProbability is null)),
    ];

    private static IEnumerable<(string Name, bool Held)> Answers(Judgement judgement)
    {
        var isPair = judgement.Kind is JudgementKind.Pairwise or JudgementKind.Ranking;
        var isText = judgement.Kind is JudgementKind.Demonstration or JudgementKind.TextEdit;
        return
        [
            ("margins", !isPair && judgement.Margin is not null),
            ("ratings", judgement.Ratings.Count > 0 && !(isPair && TrlDatasetWriter.Scores(judgement) is not null)),
            ("labels", judgement.Labels.Count > 0 && (isPair || isText)),
            ("texts beyond the first", isText && judgement.Texts.Count > 1),
            ("texts", !isText && judgement.Texts.Count > 0),
            ("the answer that was edited", isText && judgement.Candidates.Count > 0),
            ("the bounds of steps, which become one text", isPair && judgement.Candidates.Any(candidate => candidate.Text.Steps is not null)),
        ];
    }
}
