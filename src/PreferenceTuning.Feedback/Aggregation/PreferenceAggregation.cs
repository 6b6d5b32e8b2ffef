using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Aggregation;

/// <summary>
/// Merges judgements of the same item into one verdict per pair of candidates. Judgements belong to one item when they share
/// <see cref="Judgement.ItemKey"/>. Nothing is dropped but what holds no comparison, and the report counts that.
/// </summary>
public static class PreferenceAggregation
{
    /// <summary>
    /// Every judgement has one vote, also where one annotator judged a pair more than once, which the report notices. The soft label is the share of votes, a tie counting half for each:
    /// <c>max(w + t/2, l + t/2) / (w + l + t)</c>.
    /// </summary>
    public static AggregationResult Majority(IEnumerable<Judgement> judgements) =>
        Decide(judgements, votes => votes.Average(vote => (vote.Outcome + 1) / 2.0));

    /// <summary>
    /// Votes weigh by how often their annotator is right: the posterior of "the first is better" under a uniform prior and independent
    /// errors, <c>sigmoid(sum of +-ln(a / (1 - a)))</c> (the weights that are optimal for a majority, Nitzan and Paroush 1982). A tie
    /// says nothing about the side. An accuracy below one half counts against.
    /// </summary>
    /// <param name="judgements">The judgements.</param>
    /// <param name="accuracies">
    /// For each annotator the probability, above 0 and below 1, of a right answer, from Dawid-Skene or gold items. Every annotator of a
    /// comparison must be in it.
    /// </param>
    /// <exception cref="ArgumentException">An annotator is missing, or an accuracy is not strictly between 0 and 1.</exception>
    public static AggregationResult Weighted(IEnumerable<Judgement> judgements, IReadOnlyDictionary<string, double> accuracies)
    {
        foreach (var (annotator, accuracy) in accuracies)
        {
            if (!(accuracy > 0 && accuracy < 1))
                throw new ArgumentException(
                    $"The accuracy of annotator '{annotator}' is {accuracy:R}; it must lie strictly between 0 and 1.", nameof(accuracies));
        }

        return Decide(judgements, votes => 1 / (1 + Math.Exp(-votes.Sum(vote => vote.Outcome * LogOdds(vote.Annotator, accuracies)))));
    }

    /// <summary>Sets each verdict's margin to the difference of its candidates' strengths (Bradley-Terry, mean ratings, ...).</summary>
    /// <param name="verdicts">The verdicts.</param>
    /// <param name="strength">The strength of a candidate of an item, on any scale where differences mean something.</param>
    public static IReadOnlyList<PreferenceVerdict> WithMargins(
        IEnumerable<PreferenceVerdict> verdicts, Func<PreferenceVerdict, Candidate, double> strength) =>
        [.. verdicts.Select(verdict => verdict with { Margin = strength(verdict, verdict.Chosen) - strength(verdict, verdict.Rejected) })];

    /// <summary>
    /// Turns ratings into preferences: each judgement that rates two or more candidates on one question gets the ranking by falling
    /// rating, equal ratings tied, and the range of its ratings as margin. Other judgements pass unchanged.
    /// </summary>
    /// <param name="judgements">The judgements.</param>
    /// <param name="question">The question whose ratings count; null for those without a question's name, or the only one there is.</param>
    public static IReadOnlyList<Judgement> RankByRating(IEnumerable<Judgement> judgements, string? question = null) =>
        [.. judgements.Select(judgement => RankByRating(judgement, question))];

    private static Judgement RankByRating(Judgement judgement, string? question)
    {
        var rated = judgement.Ratings.Where(
            rating => rating.Candidate is not null && (question is null || rating.Question == question)).ToList();
        if (judgement.Skipped || rated.Count < 2)
            return judgement;
        if (rated.Select(rating => rating.Candidate).Distinct().Count() < rated.Count)
            throw new ArgumentException(
                $"Judgement '{judgement.Id}' rates a candidate on several questions; say which one counts.", nameof(question));
        var groups = rated.GroupBy(rating => rating.Value).OrderByDescending(group => group.Key);
        return judgement with
        {
            Ranking = [.. groups.Select(group => (IReadOnlyList<string>)[.. group.Select(rating => rating.Candidate!)])],
            Margin = rated.Max(rating => rating.Value) - rated.Min(rating => rating.Value),
        };
    }

    private static AggregationResult Decide(IEnumerable<Judgement> judgements, Func<List<Vote>, double> firstIsBetter)
    {
        var (pairs, notes) = Ballots.Count(judgements);
        List<PreferenceVerdict> verdicts = [.. pairs.Select(pair => Verdict(pair, firstIsBetter(pair.Votes)))];
        return new AggregationResult(verdicts, notes.ToReport(verdicts.Count));
    }

    private static PreferenceVerdict Verdict(PairVotes pair, double firstIsBetter)
    {
        var firstWins = pair.Votes.Count(vote => vote.Outcome > 0);
        var secondWins = pair.Votes.Count(vote => vote.Outcome < 0);
        var swap = firstIsBetter < 0.5;
        return new PreferenceVerdict
        {
            Item = pair.Item,
            Prompt = pair.Prompt,
            Chosen = swap ? pair.Second : pair.First,
            Rejected = swap ? pair.First : pair.Second,
            SoftLabel = swap ? 1 - firstIsBetter : firstIsBetter,
            Wins = swap ? secondWins : firstWins,
            Losses = swap ? firstWins : secondWins,
            Ties = pair.Votes.Count - firstWins - secondWins,
            Margin = Margin(pair.Votes, swap),
        };
    }

    // The mean of the margins given, in favour of the chosen one.
    private static double? Margin(List<Vote> votes, bool swap)
    {
        if (votes.Any(vote => vote.Margin is null))
            return null;
        var mean = votes.Average(vote => vote.Outcome * Math.Abs(vote.Margin!.Value));
        return swap ? -mean : mean;
    }

    private static double LogOdds(string? annotator, IReadOnlyDictionary<string, double> accuracies) =>
        annotator is not null && accuracies.TryGetValue(annotator, out var accuracy)
            ? Math.Log(accuracy / (1 - accuracy))
            : throw new ArgumentException($"There is no accuracy for annotator '{annotator ?? "(not known)"}'.", nameof(accuracies));
}
