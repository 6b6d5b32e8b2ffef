using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Aggregation;

/// <summary>One candidate of a merged ranking.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Score">Its score; what it means depends on the method.</param>
/// <param name="Judgements">How many judgements ranked it.</param>
public sealed record RankedCandidate(Candidate Candidate, Statistic Score, int Judgements);

/// <summary>What several rankings of one item say together.</summary>
/// <param name="Item">The item, see <see cref="Judgement.ItemKey"/>.</param>
/// <param name="Prompt">What the candidates answer.</param>
/// <param name="Groups">Best first; candidates with equal scores are tied.</param>
/// <param name="Judgements">How many rankings were merged.</param>
public sealed record MergedRanking(string Item, Passage Prompt, IReadOnlyList<IReadOnlyList<RankedCandidate>> Groups, int Judgements)
{
    /// <summary>The ranking as a judgement of nobody in particular, with the range of the scores as margin.</summary>
    public Judgement ToJudgement()
    {
        RankedCandidate[] all = [.. Groups.SelectMany(group => group)];

        // Two judgements may call different candidates by one identifier.
        var unique = all.DistinctBy(one => one.Candidate.Id, StringComparer.Ordinal).Count() == all.Length;
        string Id(int place) => unique ? all[place].Candidate.Id : Candidate.DefaultId(place);
        return new Judgement
        {
            Item = Item,
            Prompt = Prompt,
            Candidates = [.. all.Select((one, place) => one.Candidate with { Id = Id(place) })],
            AnnotatorKind = AnnotatorKind.Aggregate,
            Kind = all.Length == 2 ? JudgementKind.Pairwise : JudgementKind.Ranking,
            Ranking = [.. Groups.Select(group => (IReadOnlyList<string>)[.. group.Select(one => Id(Array.IndexOf(all, one)))])],
            Margin = all[0].Score.Required - all[^1].Score.Required,
        };
    }
}

/// <summary>What aggregation to rankings brings.</summary>
/// <param name="Rankings">One per item that anybody ranked, in the order of first appearance.</param>
/// <param name="Report">Judgements and items that gave no ranking, by reason.</param>
public sealed record RankingResult(IReadOnlyList<MergedRanking> Rankings, ConversionReport Report);

/// <summary>Merges the rankings (and pairs, which are rankings of two) of each item into one ranking.</summary>
public static class RankingAggregation
{
    // A candidate that one ranking lacks, or that everybody puts first, still gets a finite strength.
    private const double Prior = 0.1;

    /// <summary>
    /// Borda's count, for rankings of different length: a candidate's score is the mean, over the judgements that rank it, of the share of
    /// the other ranked candidates that it leaves behind, ties counting half; 0 to 1. Borda 1781. The others of a pick of the best count as
    /// tied, which is what they would score on average in an order that nobody knows.
    /// </summary>
    public static RankingResult Borda(IEnumerable<Judgement> judgements) => Merge(judgements, (known, ballots) =>
    {
        var scores = ballots.SelectMany(ballot => ballot.Places.Select(one => (one.Key, Share: LeftBehind(ballot.Places, one.Value))))
            .ToLookup(one => one.Key, one => one.Share);
        return [.. Enumerable.Range(0, known.Count).Select(candidate => Statistic.Of(scores[candidate].Average()))];
    });

    /// <summary>
    /// Strengths by the model of Plackett and Luce (see <see cref="PlackettLuce"/>), as log-abilities of mean 0 with their intervals. Of
    /// tied candidates each counts as chosen before all that are ranked lower, and none before the other. With few rankings strengths rest
    /// on the prior, too.
    /// </summary>
    /// <param name="judgements">The judgements.</param>
    /// <param name="options">
    /// Prior and coverage; null for a prior of 0.1 and 95 %. Without a prior an item whose candidates do not all beat each other somehow
    /// has no strengths, which the report counts.
    /// </param>
    public static RankingResult PlackettLuce(IEnumerable<Judgement> judgements, StrengthOptions? options = null) =>
        Merge(judgements, (known, ballots) =>
    {
        var fit = Statistics.PlackettLuce.FitChoices(known.Count, ballots.SelectMany(Choices), options ?? new() { Prior = Prior });
        return [.. Enumerable.Range(0, known.Count).Select(fit.Strength)];
    });

    private static double LeftBehind(Dictionary<int, int> places, int place) =>
        (places.Values.Count(other => other > place) + (0.5 * (places.Values.Count(other => other == place) - 1))) / (places.Count - 1);

    private static IEnumerable<Choice> Choices(Ballot ballot) => ballot.Places
        .Select(one => new Choice(one.Key, [.. ballot.Places.Where(other => other.Value > one.Value).Select(other => other.Key)]))
        .Where(choice => choice.Losers.Count > 0);

    private static RankingResult Merge(IEnumerable<Judgement> judgements, Func<List<Candidate>, List<Ballot>, Statistic[]> score)
    {
        var notes = new ConversionNotes();
        var items = Ballots.Of(judgements, notes).GroupBy(ballot => ballot.Judgement.ItemKey, StringComparer.Ordinal).ToList();
        var rankings = new List<MergedRanking>();
        foreach (var item in items)
        {
            var merged = One(item.Key, [.. item], score);
            if (merged.Groups.Count > 0)
                rankings.Add(merged);
            else
                notes.LeftOut("The strengths are undefined without a prior; set StrengthOptions.Prior.", item.Key);
        }

        return new(rankings, notes.ToReport(rankings.Count));
    }

    private static MergedRanking One(string item, List<Ballot> ballots, Func<List<Candidate>, List<Ballot>, Statistic[]> score)
    {
        var (known, prompt) = (ballots[0].Known, ballots[0].Judgement.Prompt);
        var counts = ballots.SelectMany(ballot => ballot.Places.Keys).CountBy(candidate => candidate).ToDictionary();

        // Candidates that nobody ranked have no place in the ranking, and no part in the scores.
        int[] ranked = [.. counts.Keys.Order()];
        var renamed = ranked.Select((candidate, index) => (candidate, index)).ToDictionary(one => one.candidate, one => one.index);
        var scores = score([.. ranked.Select(candidate => known[candidate])], [.. ballots.Select(ballot => ballot with
        {
            Places = ballot.Places.ToDictionary(place => renamed[place.Key], place => place.Value),
        })]);
        if (!scores.All(one => one.IsDefined))
            return new(item, prompt, [], ballots.Count);
        var groups = ranked.Select((candidate, index) => new RankedCandidate(known[candidate], scores[index], counts[candidate]))
            .GroupBy(one => Math.Round(one.Score.Required, 9)).OrderByDescending(group => group.Key);
        return new(item, prompt, [.. groups.Select(group => (IReadOnlyList<RankedCandidate>)[.. group])], ballots.Count);
    }
}
