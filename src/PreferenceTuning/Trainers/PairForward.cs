using PreferenceTuning.Losses;
using PreferenceTuning.Models;

namespace PreferenceTuning.Trainers;

/// <summary>Summed response log-probs of pairs under one model, one forward pass for both sides.</summary>
internal static class PairForward
{
    public static PairLogProbs Sums(PolicyModel model, IReadOnlyList<PairExample> pairs)
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
