using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>Whether two judgements of one item give the same answers.</summary>
internal static class AnswerComparison
{
    public static bool Same(Judgement left, Judgement right) =>
        SameRanking(left.Ranking, right.Ranking)
        && left.Ratings.SequenceEqual(right.Ratings)
        && left.Texts.SequenceEqual(right.Texts)
        && left.Labels.Select(Flat).Order(StringComparer.Ordinal).SequenceEqual(right.Labels.Select(Flat).Order(StringComparer.Ordinal));

    private static bool SameRanking(IReadOnlyList<IReadOnlyList<string>>? left, IReadOnlyList<IReadOnlyList<string>>? right) =>
        left is null
            ? right is null
            : right is not null && left.Count == right.Count
                && left.Zip(right).All(pair => pair.First.ToHashSet(StringComparer.Ordinal).SetEquals(pair.Second));

    private static string Flat(Label label) => string.Join('\u0001', [label.Question, label.Candidate, .. label.Path ?? [label.Value]]);
}
