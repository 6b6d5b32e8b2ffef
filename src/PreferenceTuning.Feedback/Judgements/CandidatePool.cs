namespace PreferenceTuning.Feedback.Judgements;

/// <summary>
/// The candidates of each item. The same candidate may have another identifier in another judgement (the sides were swapped, and the
/// identifier is a position): its words decide.
/// </summary>
internal sealed class CandidatePool
{
    private readonly Dictionary<string, List<Candidate>> _items = new(StringComparer.Ordinal);

    /// <summary>The candidates of a judgement's item that were met so far, those of its first judgement first.</summary>
    public List<Candidate> Of(Judgement judgement)
    {
        if (!_items.TryGetValue(judgement.ItemKey, out var known))
            _items[judgement.ItemKey] = known = [.. judgement.Candidates];
        return known;
    }

    /// <summary>
    /// The ranked candidates by their number in <see cref="Of"/> with their places, 0 for the best; null when two of them have the same
    /// words and cannot be told apart. Of a pick of the best all others share the second place, which says nothing of them.
    /// </summary>
    public Dictionary<int, int>? Places(Judgement judgement)
    {
        var known = Of(judgement);
        var places = new Dictionary<int, int>();
        foreach (var (group, place) in Ranked(judgement).Select((group, place) => (group, place)))
        {
            foreach (var id in group)
            {
                if (!places.TryAdd(Index(known, judgement.CandidateOf(id)), place))
                    return null;
            }
        }

        return places;
    }

    /// <summary>The ranking; of a pick of the best with the others behind it.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Ranked(Judgement judgement) => !judgement.IsPickOfBest
        ? judgement.Ranking!
        : [judgement.Ranking![0], [.. judgement.Candidates.Select(candidate => candidate.Id).Where(id => id != judgement.Preferred)]];

    /// <summary>The number of a candidate among those known, which it joins if it is new.</summary>
    public static int Index(List<Candidate> known, Candidate candidate)
    {
        var index = known.FindIndex(other => other.Id == candidate.Id && other.Text.Equals(candidate.Text));
        if (index < 0)
            index = known.FindIndex(other => other.Text.Equals(candidate.Text));
        if (index >= 0)
            return index;
        known.Add(candidate);
        return known.Count - 1;
    }
}
