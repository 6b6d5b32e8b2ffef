using PreferenceTuning.Feedback.Aggregation;
using PreferenceTuning.Feedback.Judgements;

namespace Opossum.Annotators;

/// <summary>One side better than another in one judgement.</summary>
internal sealed record ChosenRejected(string Prompt, string Chosen, string Rejected, string? Annotator);

/// <summary>A ranking as texts, best first; texts in one inner list are tied.</summary>
/// <param name="Prompt">What they answer.</param>
/// <param name="Groups">The texts.</param>
/// <param name="Annotator">Who ranked them, where known.</param>
/// <param name="BetterProbability">Of two: how probable it is that the first is better; 1 where a person said so.</param>
internal sealed record RankedTexts(string Prompt, IReadOnlyList<IReadOnlyList<string>> Groups, string? Annotator, double BetterProbability);

/// <summary>From judgements to what is trained on.</summary>
internal static class Comparisons
{
    /// <summary>The judgements that say something about what is better: not skipped, not a gold item, not all tied.</summary>
    public static IReadOnlyList<Judgement> Usable(IReadOnlyList<Judgement> judgements)
    {
        var gold = judgements.Where(judgement => judgement.Gold).Select(judgement => judgement.ItemKey).ToHashSet(StringComparer.Ordinal);
        return [.. judgements.Where(judgement =>
            (judgement.Ranking is { Count: > 1 } || judgement.IsPickOfBest) && !judgement.Skipped && !gold.Contains(judgement.ItemKey))];
    }

    /// <summary>Splits by prompt, so that no prompt is on both sides.</summary>
    /// <param name="judgements">The judgements.</param>
    /// <param name="heldOut">Share of the prompts to hold out, in (0, 1).</param>
    /// <param name="seed">Decides which.</param>
    public static (IReadOnlyList<Judgement> Training, IReadOnlyList<Judgement> HeldOut) Split(
        IReadOnlyList<Judgement> judgements, double heldOut, long seed) =>
        PromptSplit.Split(judgements, judgement => judgement.Prompt, heldOut, seed);

    /// <summary>
    /// A judgement as the rankings that it states: one, or for a pick of the best of k the best above each of the k - 1 others. Those are
    /// not one ranking with the others tied: a tie pulls scores together, and nobody said that the others are equal.
    /// </summary>
    public static IEnumerable<RankedTexts> Rankings(Judgement judgement) =>
        judgement is { IsPickOfBest: true, Preferred: { } best }
            ? judgement.Candidates.Where(other => other.Id != best).Select(other => Texts(judgement, [[best], [other.Id]]))
            : [Texts(judgement, judgement.Ranking ?? [])];

    /// <summary>
    /// Every pair of candidates of which one was put above the other. A ranking of k without ties gives k (k - 1) / 2, a pick of the best
    /// of k gives k - 1.
    /// </summary>
    public static IEnumerable<ChosenRejected> Pairs(Judgement judgement) => Rankings(judgement).SelectMany(Pairs);

    private static RankedTexts Texts(Judgement judgement, IReadOnlyList<IReadOnlyList<string>> ranking) => new(
        judgement.Prompt.ToPlainText(),
        [.. ranking.Select(group => (IReadOnlyList<string>)[.. group.Select(id => judgement.CandidateOf(id).Text.ToPlainText())])],
        judgement.Annotator,
        ranking is [[_], [_]] ? judgement.ChosenProbability ?? 1 : 1);

    private static IEnumerable<ChosenRejected> Pairs(RankedTexts ranking)
    {
        var (prompt, groups, annotator, _) = ranking;
        for (var better = 0; better < groups.Count; better++)
        {
            foreach (var rejected in groups.Skip(better + 1).SelectMany(group => group))
            {
                foreach (var chosen in groups[better])
                {
                    yield return new ChosenRejected(prompt, chosen, rejected, annotator);
                }
            }
        }
    }
}
