using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Aggregation;

/// <summary>One judgement's word on one pair: 1 for the first, -1 for the second, 0 for a tie.</summary>
internal readonly record struct Vote(int Outcome, string? Annotator, double? Margin);

/// <summary>All votes on one pair of candidates of one item.</summary>
internal sealed record PairVotes(string Item, Passage Prompt, Candidate First, Candidate Second, List<Vote> Votes);

/// <summary>Takes judgements apart into votes on pairs.</summary>
internal static class Ballot
{
    public static (List<PairVotes> Pairs, ConversionNotes Notes) Count(IEnumerable<Judgement> judgements)
    {
        var notes = new ConversionNotes();
        var items = new Dictionary<string, List<Candidate>>(StringComparer.Ordinal);
        var pairs = new Dictionary<(string Item, int First, int Second), PairVotes>();
        foreach (var judgement in judgements)
        {
            var where = judgement.Id ?? judgement.Item ?? "";
            if (judgement.Ranking is not { } ranking)
                notes.LeftOut(judgement.Skipped ? "Skipped judgements hold no comparison." : "Judgements without preference hold no comparison.", where);
            else if (ranking.Sum(group => group.Count) < 2)
                notes.LeftOut("A ranking of fewer than two candidates holds no comparison.", where);
            else
                CountOne(judgement, ranking, items, pairs, notes);
        }

        return ([.. pairs.Values], notes);
    }

    private static void CountOne(
        Judgement judgement,
        IReadOnlyList<IReadOnlyList<string>> ranking,
        Dictionary<string, List<Candidate>> items,
        Dictionary<(string, int, int), PairVotes> pairs,
        ConversionNotes notes)
    {
        var item = judgement.ItemKey;
        if (!items.TryGetValue(item, out var known))
            items[item] = known = [.. judgement.Candidates];
        var places = new Dictionary<int, int>();
        foreach (var (group, place) in ranking.Select((group, place) => (group, place)))
        {
            foreach (var id in group)
            {
                var candidate = judgement.CandidateOf(id);
                var index = Index(known, candidate);
                if (!places.TryAdd(index, place))
                {
                    notes.LeftOut("Two candidates with the same text cannot be told apart.", judgement.Id ?? item);
                    return;
                }
            }
        }

        var margin = ranking.Count == 2 ? judgement.Margin : null;
        foreach (var first in places.Keys)
        {
            foreach (var second in places.Keys.Where(second => second > first))
            {
                if (!pairs.TryGetValue((item, first, second), out var pair))
                    pairs[(item, first, second)] = pair = new PairVotes(item, judgement.Prompt, known[first], known[second], []);
                var outcome = Math.Sign(places[second] - places[first]);
                pair.Votes.Add(new Vote(outcome, judgement.Annotator, outcome == 0 ? 0 : margin));
            }
        }
    }

    // The same candidate may have another id in another judgement (the sides were swapped): its words decide.
    private static int Index(List<Candidate> known, Candidate candidate)
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
