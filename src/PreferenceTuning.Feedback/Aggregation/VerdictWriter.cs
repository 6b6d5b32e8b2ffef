using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Aggregation;

/// <summary>Writes verdicts as preference pairs: <c>prompt</c>, <c>chosen</c>, <c>rejected</c>, <c>margin</c> where known, <c>soft_label</c>.</summary>
public static class VerdictWriter
{
    /// <summary>The columns that are written, with their Croissant types, for <see cref="Provenance.DataFile"/>.</summary>
    public static IReadOnlyList<(string Name, string Type)> Columns { get; } =
        [("prompt", "sc:Text"), ("chosen", "sc:Text"), ("rejected", "sc:Text"), ("margin", "sc:Float"), ("soft_label", "sc:Float")];

    /// <summary>Writes a JSON Lines file, whole or not at all. Ties have no better side and are left out, which the report counts.</summary>
    /// <returns>How many pairs were written, and what was left out.</returns>
    public static ConversionReport WriteJsonLines(string path, IEnumerable<PreferenceVerdict> verdicts)
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

        TrlPreferenceWriter.WriteFile(path, pairs);
        return notes.ToReport(pairs.Count);
    }
}
