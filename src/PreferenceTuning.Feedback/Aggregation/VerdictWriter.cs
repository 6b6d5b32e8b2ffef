using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Provenance;

namespace PreferenceTuning.Feedback.Aggregation;

/// <summary>
/// Writes verdicts as preference pairs: <c>prompt</c>, <c>chosen</c>, <c>rejected</c>, <c>margin</c> where known, <c>chosen_probability</c>.
/// </summary>
public static class VerdictWriter
{
    private static readonly string[] Parts = ["prompt", "chosen", "rejected"];

    /// <summary>
    /// The columns that pairs have when they are written, with their Croissant types, for <see cref="DataFile"/>.
    /// </summary>
    public static IReadOnlyList<(string Name, string Type)> ColumnsOf(IReadOnlyCollection<TrlPreference> pairs) =>
    [
        .. Parts.Select(name => (name, pairs.Any(IsConversation) ? DataFile.Messages : "sc:Text")),
        .. pairs.Any(pair => pair.Margin is not null) ? new[] { ("margin", "sc:Float") } : [],
        .. pairs.Any(pair => pair.ChosenProbability is not null) ? new[] { (Judgement.ChosenProbabilityColumn, "sc:Float") } : [],
    ];

    private static bool IsConversation(TrlPreference pair) =>
        new[] { pair.Prompt, pair.Chosen, pair.Rejected }.Any(part => part.Messages is not null);

    /// <summary>
    /// Writes a JSON Lines file, whole or not at all. Ties have no better side and are left out, which the report counts.
    /// </summary>
    /// <returns>How many pairs were written, and what was left out.</returns>
    public static ConversionReport WriteJsonLines(string path, IEnumerable<PreferenceVerdict> verdicts)
    {
        var (pairs, report) = ToPairs(verdicts);
        TrlPreferenceWriter.WriteFile(path, pairs);
        return report;
    }

    /// <summary>The pairs to be written, in whichever format. Ties have no better side and are left out, which the report counts.</summary>
    public static (IReadOnlyList<TrlPreference> Pairs, ConversionReport Report) ToPairs(IEnumerable<PreferenceVerdict> verdicts)
    {
        var notes = new ConversionNotes();
        var pairs = new List<TrlPreference>();
        foreach (var verdict in verdicts)
        {
            if (verdict.IsTie)
                notes.LeftOut("A tie has no better side.", verdict.Item);
            else
                pairs.Add(new TrlPreference(verdict.Prompt, verdict.Chosen.Text, verdict.Rejected.Text, verdict.Margin, verdict.SoftLabel));
        }

        return (pairs, notes.ToReport(pairs.Count));
    }
}
