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
            var fitting = usable.Contains(judgement) ? Fit(judgement, codec, context) : judgement;
            if (fitting.Ranking is { Count: < 2 } && usable.Contains(judgement))
            {
                gone++;
                continue;
            }

            answers += Ranked(judgement) - Ranked(fitting);
            kept.Add(fitting);
        }

        return new FittingJudgements(kept,
        [
            .. Sentence(gone, "judgement", $"of which fewer than two answers fit into the model's context of {context} tokens together with the prompt"),
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

    private static Judgement Fit(Judgement judgement, Codec codec, int context)
    {
        var prompt = codec.Prompt(judgement.Prompt.ToPlainText());
        return judgement with
        {
            Ranking = [.. judgement.Ranking!.Select(group => (IReadOnlyList<string>)[.. group.Where(Fits)]).Where(group => group.Count > 0)],
        };

        bool Fits(string id) => codec.Judged(prompt, judgement.CandidateOf(id).Text.ToPlainText()).Length <= context;
    }

    private static int Ranked(Judgement judgement) => judgement.Ranking?.Sum(group => group.Count) ?? 0;

    private static IEnumerable<string> Sentence(int count, string what, string why) =>
        count == 0 ? [] : [FormattableString.Invariant($"{count} {what}{(count == 1 ? "" : "s")} {why}")];
}
