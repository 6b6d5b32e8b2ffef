using Opossum.World;
using PreferenceTuning.Feedback.Judgements;

namespace Opossum.Annotators;

/// <summary>
/// Somebody who reads candidates in a random order, sees their worth through noise, and answers with an order, a tie or a skip.
/// A stand-in for a person: what a person would not see (model, seed, the judge's numbers) plays no part in the answer.
/// </summary>
internal sealed class SimulatedAnnotator(AnnotatorProfile profile, IJudge judge, string instructionVersion)
{
    private const double Unreadable = 0.8;
    private const double SkipsUnreadable = 0.7;
    private const double BestWorth = 5;
    private const double ClickSeconds = 1.1;
    private const double TimeSpread = 0.25;

    /// <summary>Judges one item.</summary>
    public Judgement Judge(JudgingItem item, SplitMix64 random)
    {
        var shown = item.Candidates.Select(candidate => candidate.Id).ToList();
        random.Shuffle(shown);
        var prompt = item.Prompt.ToPlainText();
        var worth = item.Candidates.ToDictionary(
            candidate => candidate.Id, candidate => judge.Judge(prompt, candidate.Text.ToPlainText()).Utility, StringComparer.Ordinal);
        var careless = random.NextDouble() < profile.Careless;
        var skipped = !careless && Skips(worth.Values, random);
        var perceived = worth.ToDictionary(one => one.Key, one => Perceived(one.Value, random), StringComparer.Ordinal);
        return new Judgement
        {
            Item = item.Id,
            Prompt = item.Prompt,
            Candidates = item.Candidates,
            Annotator = profile.Id,
            AnnotatorKind = AnnotatorKind.Model,
            Kind = item.Candidates.Count == 2 ? JudgementKind.Pairwise : JudgementKind.Ranking,
            Shown = shown,
            Ranking = skipped ? null : careless ? InOrder(shown) : Rank(perceived),
            Skipped = skipped,
            Seconds = Seconds(item, careless, perceived.Values, random),
            InstructionVersion = instructionVersion,
        };
    }

    private double Perceived(double worth, SplitMix64 random) =>
        (random.NextDouble() < profile.Slips ? BestWorth * random.NextDouble() : worth) + (profile.Noise * random.NextGaussian());

    private bool Skips(IEnumerable<double> worth, SplitMix64 random) =>
        random.NextDouble() < (worth.All(one => one < Unreadable) ? SkipsUnreadable : profile.Distraction);

    private static IReadOnlyList<IReadOnlyList<string>> InOrder(List<string> shown) => [.. shown.Select(id => (IReadOnlyList<string>)[id])];

    private List<IReadOnlyList<string>> Rank(Dictionary<string, double> perceived)
    {
        var groups = new List<IReadOnlyList<string>>();
        var group = new List<string>();
        var top = double.PositiveInfinity;
        foreach (var (id, value) in perceived.OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal))
        {
            if (group.Count > 0 && top - value > profile.TieWidth)
            {
                groups.Add([.. group.Order(StringComparer.Ordinal)]);
                group.Clear();
            }

            top = group.Count == 0 ? value : top;
            group.Add(id);
        }

        groups.Add([.. group.Order(StringComparer.Ordinal)]);
        return groups;
    }

    private double Seconds(JudgingItem item, bool careless, IEnumerable<double> perceived, SplitMix64 random)
    {
        var spread = Math.Exp(TimeSpread * random.NextGaussian());
        if (careless)
        {
            return Math.Round(ClickSeconds * spread, 1);
        }

        var words = ReadingWords(item.Prompt, item.Candidates);
        var best = perceived.OrderDescending().Take(2).ToList();
        var closeness = Math.Exp(-Math.Abs(best[0] - best[^1]));
        return Math.Round(((60 * words / profile.WordsPerMinute) + (profile.ThinkingSeconds * (1 + closeness))) * spread, 1);
    }

    /// <summary>What somebody has to read to judge an item: words of the prompt and of every candidate.</summary>
    public static int ReadingWords(Passage prompt, IEnumerable<Candidate> candidates) =>
        Count(prompt) + candidates.Sum(candidate => Count(candidate.Text));

    private static int Count(Passage passage) => Words.Of(passage.ToPlainText()).Count(word => !Words.IsMark(word));
}
