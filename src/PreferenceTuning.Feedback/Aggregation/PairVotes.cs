using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Aggregation;

/// <summary>One judgement's word on one pair: 1 for the first, -1 for the second, 0 for a tie.</summary>
internal readonly record struct Vote(int Outcome, string? Annotator, double? Margin);

/// <summary>All votes on one pair of candidates of one item.</summary>
internal sealed record PairVotes(string Item, Passage Prompt, Candidate First, Candidate Second, List<Vote> Votes);

/// <summary>One judgement's places of the candidates of its item, 0 for the best.</summary>
internal sealed record Ballot(Judgement Judgement, List<Candidate> Known, Dictionary<int, int> Places);

/// <summary>Takes judgements apart into ballots and votes on pairs.</summary>
internal static class Ballots
{
    public static IEnumerable<Ballot> Of(IEnumerable<Judgement> judgements, ConversionNotes notes)
    {
        var pool = new CandidatePool();
        foreach (var judgement in judgements)
        {
            var where = judgement.Id ?? judgement.Item ?? "";
            if (judgement.Ranking is null)
                notes.LeftOut(
                    judgement.Skipped ? "Skipped judgements hold no comparison." : "Judgements without preference hold no comparison.",
                    where);
            else if (judgement.Ranking.Sum(group => group.Count) < 2 && !judgement.IsPickOfBest)
                notes.LeftOut("A ranking of fewer than two candidates holds no comparison.", where);
            else if (pool.Places(judgement) is { } places)
                yield return new Ballot(judgement, pool.Of(judgement), places);
            else
                notes.LeftOut("Two candidates with the same text cannot be told apart.", where);
        }
    }

    public static (List<PairVotes> Pairs, ConversionNotes Notes) Count(IEnumerable<Judgement> judgements)
    {
        var notes = new ConversionNotes();
        var pairs = new Dictionary<(string Item, int First, int Second), PairVotes>();
        foreach (var ballot in Of(judgements, notes))
            CountOne(ballot, pairs);
        foreach (var pair in pairs.Values.Where(HasRepeats))
            notes.Noticed("An annotator judged the same two candidates more than once, and each time counts as a vote.", pair.Item);
        return ([.. pairs.Values], notes);
    }

    private static bool HasRepeats(PairVotes pair)
    {
        var named = pair.Votes.Select(vote => vote.Annotator).OfType<string>().ToList();
        return named.Count > 1 && named.Distinct(StringComparer.Ordinal).Count() < named.Count;
    }

    private static void CountOne(Ballot ballot, Dictionary<(string, int, int), PairVotes> pairs)
    {
        var (judgement, known, places) = ballot;
        var item = judgement.ItemKey;
        var margin = judgement.Ranking!.Count <= 2 ? judgement.Margin : null;
        foreach (var first in places.Keys)
        {
            foreach (var second in places.Keys.Where(
                second => second > first && !(judgement.IsPickOfBest && places[first] == places[second])))
            {
                if (!pairs.TryGetValue((item, first, second), out var pair))
                    pairs[(item, first, second)] = pair = new PairVotes(item, judgement.Prompt, known[first], known[second], []);
                var outcome = Math.Sign(places[second] - places[first]);
                pair.Votes.Add(new Vote(outcome, judgement.Annotator, outcome == 0 ? 0 : margin));
            }
        }
    }
}
