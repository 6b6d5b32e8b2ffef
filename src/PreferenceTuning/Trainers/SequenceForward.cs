using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>Token sequences as padded tensors, and the log-probs of chosen tokens in them.</summary>
/// <param name="Ids">[B, S] int64, right padded.</param>
/// <param name="Mask">[B, S] bool, true = a token.</param>
/// <param name="TargetMask">[B, S] bool, true = a token whose log-prob is wanted; never in column 0.</param>
internal sealed record SequenceForward(Tensor Ids, Tensor Mask, Tensor TargetMask)
{
    /// <summary>
    /// Right-pads sequences. <paramref name="isTarget"/> says of (row, column) whether the log-prob of that token is wanted.
    /// </summary>
    public static SequenceForward Collate(IReadOnlyList<IReadOnlyList<int>> sequences, Func<int, int, bool> isTarget, Device device)
    {
        // Two columns at least: a single token predicts nothing, and still has to pass.
        var width = Math.Max(2, sequences.Max(sequence => sequence.Count));
        var ids = new long[sequences.Count, width];
        var mask = new bool[sequences.Count, width];
        var target = new bool[sequences.Count, width];
        for (var row = 0; row < sequences.Count; row++)
        {
            for (var column = 0; column < sequences[row].Count; column++)
            {
                ids[row, column] = sequences[row][column];
                mask[row, column] = true;
                target[row, column] = column > 0 && isTarget(row, column);
            }
        }

        return new SequenceForward(tensor(ids, device: device), tensor(mask, device: device), tensor(target, device: device));
    }

    /// <summary>[B, S - 1] bool: the wanted tokens, the first column (which nothing predicts) left out.</summary>
    public Tensor Targets => TargetMask.narrow(1, 1, TargetMask.shape[1] - 1);

    /// <summary>Log-probs and entropies of the wanted tokens, [B, S - 1] nats, 0 elsewhere.</summary>
    public TokenLogProbsResult LogProbs(PolicyModel model) => model.LogProbs(Ids, Mask, Targets);
}
