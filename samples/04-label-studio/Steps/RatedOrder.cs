using PreferenceTuning.Feedback.Aggregation;
using PreferenceTuning.Feedback.Judgements;

namespace LabelStudioSample.Steps;

/// <summary>Orders of candidates made of their ratings. In Label Studio each candidate's stars are a question of their own.</summary>
internal static class RatedOrder
{
    /// <summary>The judgements with the order that the ratings of some questions give, where they rate two candidates or more.</summary>
    /// <exception cref="ArgumentException">Nobody was asked such a question.</exception>
    public static IReadOnlyList<Judgement> Of(IReadOnlyList<Judgement> judgements, IReadOnlyList<string> questions)
    {
        var known = Questions(judgements);
        if (questions.FirstOrDefault(question => !known.Contains(question)) is { } stranger)
            throw new ArgumentException($"--rating: no candidate is rated on '{stranger}'; there are: {(known.Count == 0 ? "no ratings" : string.Join(", ", known))}.");
        var chosen = judgements.Select(judgement => judgement with { Ratings = [.. judgement.Ratings.Where(rating => questions.Contains(rating.Question ?? ""))] });
        return [.. PreferenceAggregation.RankByRating(chosen).Zip(judgements, (ordered, judgement) => ordered with { Ratings = judgement.Ratings })];
    }

    /// <summary>What to say where there is no order but ratings, or null.</summary>
    public static string? Hint(IReadOnlyList<Judgement> judgements) => Questions(judgements) is not { Count: > 0 } known ? null
        : $"Candidates are rated ({string.Join(", ", known)}): --rating QUESTION puts them in order, given again for each candidate that has a question of its own.";

    private static List<string> Questions(IReadOnlyList<Judgement> judgements) =>
        [.. judgements.SelectMany(judgement => judgement.Ratings).Where(rating => rating.Candidate is not null).Select(rating => rating.Question ?? "").Distinct(StringComparer.Ordinal)];
}
