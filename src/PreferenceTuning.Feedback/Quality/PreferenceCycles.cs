using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Quality;

/// <summary>Candidates of one prompt that one annotator preferred in a circle.</summary>
/// <param name="Annotator">Who.</param>
/// <param name="Prompt">On which prompt.</param>
/// <param name="Candidates">The candidates in the circle (at least three).</param>
/// <param name="Items">The judgements' items.</param>
public sealed record PreferenceCycle(string Annotator, string Prompt, IReadOnlyList<string> Candidates, IReadOnlyList<string> Items);

/// <summary>Finds circles of preference, in complete or incomplete comparisons.</summary>
public static class PreferenceCycles
{
    /// <summary>
    /// The circles of every annotator within every prompt; ties and contradictions between two candidates alone are none.
    /// </summary>
    public static IReadOnlyList<PreferenceCycle> Find(IEnumerable<QualityJudgement> judgements) =>
        [.. Groups(judgements).SelectMany(group => InGroup(group.Key.Annotator, group.Key.Prompt, [.. group]))];

    /// <summary>
    /// Share of circles among the triads of candidates that one annotator compared and decided in all three pairs on one prompt; a quarter
    /// by chance (Kendall and Babington Smith 1940, Biometrika 31). The interval takes prompts as independent, see
    /// <see cref="Proportion.Clustered"/>.
    /// </summary>
    /// <param name="judgements">The judgements.</param>
    /// <param name="confidence">Coverage.</param>
    public static Statistic CircularShare(IEnumerable<QualityJudgement> judgements, double confidence = 0.95)
    {
        var share = Proportion.Clustered(
            Groups(judgements).Select(group => (group.Key.Prompt, Triads: Triads([.. group])))
                .GroupBy(one => one.Prompt, StringComparer.Ordinal)
                .Select(prompt => ((double)prompt.Sum(one => one.Triads.Circular), (double)prompt.Sum(one => one.Triads.All))),
            confidence);
        return share.IsDefined ? share : Statistic.Undefined("nobody compared and decided all pairs of three candidates of one prompt");
    }

    private static IEnumerable<IGrouping<(string Annotator, string Prompt), QualityJudgement>> Groups(IEnumerable<QualityJudgement> judgements) =>
        judgements.Where(
            j => j is { FirstCandidate: not null, SecondCandidate: not null, Winner: 0 or 1 } && j.FirstCandidate != j.SecondCandidate)
            .GroupBy(j => (j.Annotator, j.Prompt)).Where(group => group.Skip(2).Any());

    private static (long Circular, long All) Triads(QualityJudgement[] group)
    {
        var wins = new Dictionary<(string First, string Second), int>();
        foreach (var j in group)
        {
            var swap = string.CompareOrdinal(j.FirstCandidate, j.SecondCandidate) > 0;
            var pair = swap ? (j.SecondCandidate!, j.FirstCandidate!) : (j.FirstCandidate!, j.SecondCandidate!);
            wins[pair] = wins.GetValueOrDefault(pair) + ((j.Winner == 0) != swap ? 1 : -1);
        }

        var decided = wins.Where(pair => pair.Value != 0).ToDictionary();
        var seconds = decided.Keys.ToLookup(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        var (circular, all) = (0L, 0L);
        foreach (var (a, b) in decided.Keys)
        {
            foreach (var c in seconds[b].Where(c => decided.ContainsKey((a, c))))
            {
                all++;
                circular += decided[(a, b)] > 0 == decided[(b, c)] > 0 && decided[(a, c)] > 0 != decided[(a, b)] > 0 ? 1 : 0;
            }
        }

        return (circular, all);
    }

    private static IEnumerable<PreferenceCycle> InGroup(string annotator, string prompt, QualityJudgement[] group)
    {
        var names = group.SelectMany(j => new[] { j.FirstCandidate!, j.SecondCandidate! }).Distinct(StringComparer.Ordinal).ToList();
        var beats = group.Select(j => j.Winner == 0
            ? (names.IndexOf(j.FirstCandidate!), names.IndexOf(j.SecondCandidate!))
            : (names.IndexOf(j.SecondCandidate!), names.IndexOf(j.FirstCandidate!)));
        foreach (var circle in StrongComponents.Find(names.Count, beats).Where(component => component.Count > 2))
        {
            var candidates = circle.Select(i => names[i]).ToArray();
            yield return new(annotator, prompt, candidates, [.. group
                .Where(j => candidates.Contains(j.FirstCandidate) && candidates.Contains(j.SecondCandidate)).Select(j => j.Item).Distinct()]);
        }
    }
}
