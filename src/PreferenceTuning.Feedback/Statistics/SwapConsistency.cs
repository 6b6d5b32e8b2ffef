namespace PreferenceTuning.Feedback.Statistics;

/// <summary>A judgement of a pair in one of its two orders.</summary>
/// <param name="Annotator">Who judged.</param>
/// <param name="Pair">The pair, whatever the order.</param>
/// <param name="Swapped">Whether item B stood first.</param>
/// <param name="Winner">0 = item A, 1 = item B, 2 = tie; the items, not the sides.</param>
public readonly record struct OrderedJudgement(int Annotator, int Pair, bool Swapped, int Winner);

/// <summary>What became of pairs that someone judged in both orders.</summary>
/// <param name="BothOrders">Number of (annotator, pair) with both orders.</param>
/// <param name="Consistent">Share with the same winner, or a tie twice.</param>
/// <param name="FollowsFirst">Share in which whatever stood first won both times.</param>
/// <param name="FollowsSecond">Share in which whatever stood second won both times.</param>
public sealed record SwapConsistencyResult(int BothOrders, Statistic Consistent, Statistic FollowsFirst, Statistic FollowsSecond);

/// <summary>
/// Whether the same pair in the other order gets the same answer (Zheng et al. 2023, arXiv:2306.05685, for models as judges).
/// </summary>
public static class SwapConsistency
{
    /// <summary>Compares each annotator's last judgement of a pair in either order.</summary>
    public static SwapConsistencyResult Analyze(IEnumerable<OrderedJudgement> judgements, double confidence = 0.95)
    {
        var seen = new Dictionary<(int, int), (int? Straight, int? Swapped)>();
        foreach (var j in judgements)
        {
            if (j.Winner is < 0 or > 2)
            {
                throw new ArgumentOutOfRangeException(nameof(judgements), j.Winner, "'Winner' must be 0 (item A), 1 (item B) or 2 (tie).");
            }

            var old = seen.GetValueOrDefault((j.Annotator, j.Pair));
            seen[(j.Annotator, j.Pair)] = j.Swapped ? (old.Straight, j.Winner) : (j.Winner, old.Swapped);
        }

        var both = seen.Values.Where(v => v.Straight is not null && v.Swapped is not null).ToArray();
        if (both.Length == 0)
        {
            var nothing = Statistic.Undefined("nobody judged a pair in both orders");
            return new(0, nothing, nothing, nothing);
        }

        Statistic Share(Func<(int? Straight, int? Swapped), bool> holds) => Proportion.Wilson(both.Count(holds), both.Length, confidence);
        return new(
            both.Length,
            Share(v => v.Straight == v.Swapped),
            Share(v => v is { Straight: 0, Swapped: 1 }),
            Share(v => v is { Straight: 1, Swapped: 0 }));
    }
}
