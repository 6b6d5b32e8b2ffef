using Opossum.Measures;
using PreferenceTuning.Feedback.Judgements;

namespace Opossum.Annotators;

/// <summary>
/// Agreement over pairs of candidates: a ranking of three is three pairs, and each pair gets one of three values from each annotator
/// (first better, second better, tie).
/// </summary>
internal sealed record PairOutcomes(Share Agreement, double? Alpha, string? Missing)
{
    /// <summary>Counts agreement; skipped judgements say nothing.</summary>
    public static PairOutcomes Of(IEnumerable<Judgement> judgements)
    {
        var units = judgements.SelectMany(Outcomes).GroupBy(outcome => outcome.Unit, outcome => outcome.Value).Select(unit => unit.ToList())
            .Where(values => values.Count > 1).ToList();
        var (same, pairs) = (0, 0);
        foreach (var values in units)
        {
            pairs += values.Count * (values.Count - 1) / 2;
            same += values.GroupBy(value => value).Sum(group => group.Count() * (group.Count() - 1) / 2);
        }

        var (alpha, missing) = Alphas(units);
        return new PairOutcomes(Wilson.Of(same, pairs), alpha, missing);
    }

    /// <summary>Krippendorff's alpha for nominal values: 1 - observed / expected disagreement, over coincidences (Krippendorff 2011).</summary>
    private static (double? Alpha, string? Missing) Alphas(List<List<int>> units)
    {
        var all = units.SelectMany(values => values).ToList();
        if (all.Count == 0)
        {
            return (null, "no two annotators judged the same candidates");
        }

        var expected = all.GroupBy(value => value).Sum(group => (double)group.Count() * (all.Count - group.Count())) / (all.Count - 1);
        if (expected == 0)
        {
            return (null, "everybody said the same about everything, so there is no disagreement to expect");
        }

        var observed = units.Sum(values => values.Sum(value => values.Count(other => other != value)) / (double)(values.Count - 1));
        return (1 - (observed / expected), null);
    }

    private static IEnumerable<(string Unit, int Value)> Outcomes(Judgement judgement)
    {
        if (judgement.Skipped || judgement.Ranking is not { } ranking)
        {
            yield break;
        }

        var places = ranking.SelectMany((group, place) => group.Select(id => (id, place))).ToDictionary(one => one.id, one => one.place, StringComparer.Ordinal);
        var ids = places.Keys.Order(StringComparer.Ordinal).ToList();
        for (var first = 0; first < ids.Count; first++)
        {
            for (var second = first + 1; second < ids.Count; second++)
            {
                yield return ($"{judgement.ItemKey}\u0001{ids[first]}\u0001{ids[second]}", Math.Sign(places[ids[second]] - places[ids[first]]));
            }
        }
    }
}
