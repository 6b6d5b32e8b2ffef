using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>
/// Gathers annotations so that one which is there twice (two exports of one project, joined) counts once. The later by <c>updated_at</c> is
/// kept, in the earlier one's place. The numbers are a server's own: the same number on another task or by another annotator is another
/// annotation.
/// </summary>
internal sealed class AnnotationsById(List<Judgement> judgements, ConversionNotes notes, string what)
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    public void Add(Judgement judgement)
    {
        var key = judgement.Id;
        while (key is not null && !_places.TryAdd(key, judgements.Count))
        {
            if (AreOne(judgements[_places[key]], judgement))
            {
                judgements[_places[key]] = Later(judgements[_places[key]], judgement);
                return;
            }

            // Longer than the number itself, so that a third one finds both.
            key += '\u0001';
        }

        if (key != judgement.Id)
            notes.Noticed($"The id of another {what} is on another task or by another annotator, as in exports of two servers; both count.", Where(judgement));
        judgements.Add(judgement);
    }

    private Judgement Later(Judgement earlier, Judgement judgement)
    {
        var order = Nullable.Compare(judgement.UpdatedAt, earlier.UpdatedAt);
        var known = order != 0 && judgement.UpdatedAt is not null && earlier.UpdatedAt is not null;
        if (SameAnswer(earlier, judgement))
            notes.LeftOut($"One {what} is there again (the same id, annotator and answer); it counts once.", Where(judgement));
        else if (known)
            notes.LeftOut($"One {what} is there with different answers; the one with the later updated_at counts.", Where(judgement));
        else
            notes.LeftOut($"One {what} is there with different answers, and updated_at does not say which is later; the last one counts.", Where(judgement));
        return known && order < 0 ? earlier : judgement;
    }

    private static bool AreOne(Judgement one, Judgement other) =>
        one.Item == other.Item && (one.Annotator is null || other.Annotator is null || one.Annotator == other.Annotator)
        && one.Prompt == other.Prompt && one.Candidates.Select(candidate => candidate.Text).SequenceEqual(other.Candidates.Select(candidate => candidate.Text));

    private static bool SameAnswer(Judgement one, Judgement other) =>
        AnswerComparison.Same(one, other) && (one.Skipped, one.Gold) == (other.Skipped, other.Gold)
        && one.Extra.GetValueOrDefault("results") == other.Extra.GetValueOrDefault("results");

    private string Where(Judgement judgement) => $"{what} {judgement.Id}";
}
