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
        [.. judgements
            .Where(
                j => j is { FirstCandidate: not null, SecondCandidate: not null, Winner: 0 or 1 } && j.FirstCandidate != j.SecondCandidate)
            .GroupBy(j => (j.Annotator, j.Prompt))
            .Where(group => group.Skip(2).Any())
            .SelectMany(group => InGroup(group.Key.Annotator, group.Key.Prompt, [.. group]))];

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
