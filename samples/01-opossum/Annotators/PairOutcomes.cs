using Opossum.Measures;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Statistics;

namespace Opossum.Annotators;

/// <summary>
/// Agreement over pairs of candidates: a ranking of three is three pairs (a pick of the best of three is two: nothing was said of the
/// others), and each pair gets one of three values from each annotator (first better, second better, tie). Somebody who judged a pair
/// again does not agree with anybody by that: the last time counts. Judgements that do not say who made them count as one annotator's.
/// </summary>
internal sealed record PairOutcomes(Share Agreement, Statistic Alpha)
{
    /// <summary>Counts agreement; skipped judgements say nothing.</summary>
    public static PairOutcomes Of(IEnumerable<Judgement> judgements)
    {
        var units = judgements.SelectMany(Outcomes).GroupBy(outcome => (outcome.Prompt, outcome.Unit))
            .Select(unit => (unit.Key.Prompt, Values: unit.GroupBy(one => one.Annotator).Select(own => own.Last().Value).ToList()))
            .Where(unit => unit.Values.Count > 1).ToList();
        var (same, pairs) = (0, 0);
        foreach (var (_, values) in units)
        {
            pairs += values.Count * (values.Count - 1) / 2;
            same += values.GroupBy(value => value).Sum(group => group.Count() * (group.Count() - 1) / 2);
        }

        return new PairOutcomes(Share.Of(same, pairs), Alphas(units));
    }

    private static Statistic Alphas(List<(string Prompt, List<int> Values)> units)
    {
        var prompts = units.Select(unit => unit.Prompt).Distinct(StringComparer.Ordinal).ToList();
        var places = units.SelectMany((unit, index) => unit.Values.Select(_ => index)).ToArray();
        var values = units.SelectMany(unit => unit.Values).Select(value => (double)value).ToArray();
        var table = ValueTable.FromPairs(places, values, units.Count);
        return prompts.Count < 2
            ? KrippendorffAlpha.Compute(table, MeasurementLevel.Nominal)
            : KrippendorffAlpha.ComputeClustered(
                table, units.Select(unit => prompts.IndexOf(unit.Prompt)).ToArray(), prompts.Count, MeasurementLevel.Nominal,
                new BootstrapOptions { Resamples = 1000 });
    }

    private static IEnumerable<(string Prompt, string Unit, string? Annotator, int Value)> Outcomes(Judgement judgement)
    {
        if (judgement.Skipped || judgement.Ranking is not { } ranking)
        {
            yield break;
        }

        var places = Places(judgement, ranking);
        var ids = places.Keys.Order(StringComparer.Ordinal).ToList();
        for (var first = 0; first < ids.Count; first++)
        {
            for (var second = first + 1; second < ids.Count; second++)
            {
                var outcome = Math.Sign(places[ids[second]] - places[ids[first]]);
                if (outcome != 0 || !judgement.IsPickOfBest)
                {
                    yield return (judgement.PromptKey, $"{judgement.ItemKey}\u0001{ids[first]}\u0001{ids[second]}", judgement.Annotator, outcome);
                }
            }
        }
    }

    private static Dictionary<string, int> Places(Judgement judgement, IReadOnlyList<IReadOnlyList<string>> ranking) =>
        judgement.IsPickOfBest
            ? judgement.Candidates.ToDictionary(one => one.Id, one => one.Id == judgement.Preferred ? 0 : 1, StringComparer.Ordinal)
            : ranking.SelectMany((group, place) => group.Select(id => (Id: id, Place: place)))
                .ToDictionary(one => one.Id, one => one.Place, StringComparer.Ordinal);
}
