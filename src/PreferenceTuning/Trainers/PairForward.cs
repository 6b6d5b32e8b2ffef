using PreferenceTuning.Losses;
using PreferenceTuning.Models;

namespace PreferenceTuning.Trainers;

/// <summary>
/// Summed response log-probs of pairs under one model, one forward pass for both sides; the prompt is computed once where the model can.
/// </summary>
internal static class PairForward
{
    /// <summary>Tokens that a pair takes in a forward pass.</summary>
    public static int Tokens(PolicyModel model, PairExample pair) => model.Decoder.TakesSegments
        ? pair.Prompt.Count + pair.Chosen.Count + pair.Rejected.Count
        : 2 * (pair.Prompt.Count + Math.Max(pair.Chosen.Count, pair.Rejected.Count));

    public static PairLogProbs Sums(PolicyModel model, IReadOnlyList<PairExample> pairs) =>
        model.Decoder.TakesSegments ? PackedPairs.Collate(pairs, model.Decoder.Device).Sums(model) : SumsOfRows(model, pairs);

    /// <summary>The same with a row for each response, the prompt in both.</summary>
    public static PairLogProbs SumsOfRows(PolicyModel model, IReadOnlyList<PairExample> pairs)
    {
        var count = pairs.Count;
        IReadOnlyList<int>[] sequences = [.. pairs.Select(pair => Join(pair.Prompt, pair.Chosen)), .. pairs.Select(pair => Join(pair.Prompt, pair.Rejected))];
        var forward = SequenceForward.Collate(sequences, (row, column) => column >= pairs[row % count].Prompt.Count, model.Decoder.Device);
        var (logProbs, _) = forward.LogProbs(model);
        var (chosen, rejected) = (logProbs.narrow(0, 0, count), logProbs.narrow(0, count, count));
        var (chosenMask, rejectedMask) = (forward.Targets.narrow(0, 0, count), forward.Targets.narrow(0, count, count));
        return PairLogProbs.FromTokens(chosen, chosenMask, rejected, rejectedMask);
    }

    private static int[] Join(IReadOnlyList<int> prompt, IReadOnlyList<int> response) => [.. prompt, .. response];
}
