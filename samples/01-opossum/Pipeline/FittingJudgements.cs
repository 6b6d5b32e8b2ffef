using Opossum.Annotators;
using PreferenceTuning.Feedback.Judgements;

namespace Opossum.Pipeline;

/// <summary>
/// The judgements of a file that a model can read. An answer that does not fit into the context together with its prompt is taken out
/// of its ranking: cut, it would no longer be the answer that somebody judged. What that costs is counted in sentences.
/// </summary>
/// <param name="Kept">In the file's order.</param>
/// <param name="Dropped">What was left out, with numbers and without any text of the file.</param>
internal sealed record FittingJudgements(IReadOnlyList<Judgement> Kept, IReadOnlyList<string> Dropped)
{
    /// <summary>Sorts out what does not fit.</summary>
    public static FittingJudgements Of(IReadOnlyList<Judgement> judgements, Codec codec, int context)
    {
        var usable = Comparisons.Usable(judgements).ToHashSet(ReferenceEqualityComparer.Instance);
        List<Judgement> kept = [];
        var (gone, answers) = (0, 0);
        foreach (var judgement in judgements)
        {
            if (!usable.Contains(judgement))
            {
                kept.Add(judgement);
            }
            else if (Fit(judgement, codec, context) is { } fitting)
            {
                answers += Compared(judgement) - Compared(fitting);
                kept.Add(fitting);
            }
            else
            {
                gone++;
            }
        }

        return new FittingJudgements(kept,
        [
            .. Sentence(
                gone, "judgement",
                $"of which no two answers that were compared fit into the model's context of {context} tokens together with the prompt"),
            .. Sentence(answers, "answer", $"to other prompts that did not fit into {context} tokens, taken out of a ranking"),
        ]);
    }

    /// <summary>Refuses a file of which too little is left to train and to test on.</summary>
    /// <exception cref="FeedbackFormatException">One side of the split is empty.</exception>
    public void RequireBothSides(string file, double heldOutShare, long seed)
    {
        var (training, heldOut) = Comparisons.Split(Comparisons.Usable(Kept), heldOutShare, seed);
        if (training.Count == 0 || heldOut.Count == 0)
        {
            var why = Dropped.Count == 0 ? "" : $" Left out: {string.Join(", ", Dropped)}; a model with a longer context (--model) could read them.";
            throw new FeedbackFormatException(
                $"{training.Count} judgements are left to train a reward model and {heldOut.Count} to test it; there must be some of both.{why}", Path.GetFileName(file));
        }
    }

    // Null where nothing is left that says which of two answers is better.
    private static Judgement? Fit(Judgement judgement, Codec codec, int context)
    {
        var prompt = codec.Prompt(judgement.Prompt.ToPlainText());
        return judgement.IsPickOfBest ? Pick(judgement, Fits) : Ranking(judgement, Fits);

        bool Fits(string id) => codec.Judged(prompt, judgement.CandidateOf(id).Text.ToPlainText()).Length <= context;
    }

    private static Judgement? Ranking(Judgement judgement, Func<string, bool> fits)
    {
        IReadOnlyList<IReadOnlyList<string>> ranking =
            [.. judgement.Ranking!.Select(group => (IReadOnlyList<string>)[.. group.Where(fits)]).Where(group => group.Count > 0)];
        return ranking.Count > 1 ? judgement with { Ranking = ranking } : null;
    }

    // A pick is above every other candidate, so the others have to leave the judgement itself; it stays a judgement of the same item.
    private static Judgement? Pick(Judgement judgement, Func<string, bool> fits)
    {
        var left = judgement.Candidates.Select(candidate => candidate.Id).Where(fits).ToHashSet(StringComparer.Ordinal);
        return left.Count == judgement.Candidates.Count ? judgement
            : left.Count < 2 || !left.Contains(judgement.Preferred!) ? null
            : judgement with
            {
                Item = judgement.ItemKey,
                Candidates = [.. judgement.Candidates.Where(candidate => left.Contains(candidate.Id))],
                Shown = judgement.Shown is { } shown ? [.. shown.Where(left.Contains)] : null,
                Ratings = [.. judgement.Ratings.Where(rating => Left(rating.Candidate))],
                Labels = [.. judgement.Labels.Where(label => Left(label.Candidate))],
                Texts = [.. judgement.Texts.Where(text => Left(text.Candidate))],
            };

        bool Left(string? id) => id is null || left.Contains(id);
    }

    private static int Compared(Judgement judgement) =>
        judgement.IsPickOfBest ? judgement.Candidates.Count : judgement.Ranking!.Sum(group => group.Count);

    private static IEnumerable<string> Sentence(int count, string what, string why) =>
        count == 0 ? [] : [FormattableString.Invariant($"{count} {what}{(count == 1 ? "" : "s")} {why}")];
}
