using System.Globalization;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>How much a note of a conversion matters.</summary>
public enum ConversionNoteKind
{
    /// <summary>The source or target format has no place for something that the other side holds.</summary>
    Lost,

    /// <summary>A record was left out.</summary>
    LeftOut,

    /// <summary>A value was read in a way that a user should know.</summary>
    Noticed,
}

/// <summary>One kind of thing that happened during a conversion.</summary>
/// <param name="Kind">How much it matters.</param>
/// <param name="Message">What happened, in a sentence.</param>
/// <param name="Count">How often.</param>
/// <param name="Examples">The first places, at most three.</param>
public sealed record ConversionNote(ConversionNoteKind Kind, string Message, int Count, IReadOnlyList<string> Examples);

/// <summary>What a reader or writer could not keep, left out or noticed. Empty notes mean that nothing was lost.</summary>
/// <param name="Records">The number of records that came out.</param>
/// <param name="Notes">The notes, in the order of their first appearance.</param>
public sealed record ConversionReport(int Records, IReadOnlyList<ConversionNote> Notes)
{
    /// <summary>The report in sentences, one a line.</summary>
    public override string ToString()
    {
        var lines = Notes.Select(note => string.Create(CultureInfo.InvariantCulture,
            $"{note.Kind}: {note.Message} ({note.Count}x; {string.Join(", ", note.Examples)})"));
        return string.Join('\n', [string.Create(CultureInfo.InvariantCulture, $"{Records} records."), .. lines]);
    }
}

/// <summary>What a reader brings: the judgements of people, what models suggested, and what could not be kept.</summary>
/// <param name="Judgements">The judgements, in the source's order.</param>
/// <param name="Suggestions">Judgements of models that the source keeps beside people's (predictions, suggestions).</param>
/// <param name="Report">What was lost, left out or noticed.</param>
public sealed record FeedbackReading(IReadOnlyList<Judgement> Judgements, IReadOnlyList<Judgement> Suggestions, ConversionReport Report);

/// <summary>Counts notes by message, so that a file with a million equal losses gives one line.</summary>
internal sealed class ConversionNotes
{
    private readonly Dictionary<(ConversionNoteKind, string), (int Count, List<string> Examples)> _notes = [];
    private readonly List<(ConversionNoteKind, string)> _order = [];

    public void Lost(string message, string where) => Add(ConversionNoteKind.Lost, message, where);

    /// <summary>One note about all the parts that a record holds and the other side does not; none where it holds none of them.</summary>
    public void Lost(string beginning, IEnumerable<(string Name, bool Held)> parts, string where)
    {
        var lost = parts.Where(part => part.Held).Select(part => part.Name).ToList();
        if (lost.Count > 0)
            Lost($"{beginning}: {string.Join(", ", lost)}.", where);
    }

    public void LeftOut(string message, string where) => Add(ConversionNoteKind.LeftOut, message, where);

    public void Noticed(string message, string where) => Add(ConversionNoteKind.Noticed, message, where);

    public ConversionReport ToReport(int records) =>
        new(records, [.. _order.Select(key => new ConversionNote(key.Item1, key.Item2, _notes[key].Count, _notes[key].Examples))]);

    private void Add(ConversionNoteKind kind, string message, string where)
    {
        var key = (kind, message);
        if (!_notes.TryGetValue(key, out var note))
        {
            note = (0, []);
            _order.Add(key);
        }

        if (note.Examples.Count < 3)
            note.Examples.Add(where);
        _notes[key] = (note.Count + 1, note.Examples);
    }
}
