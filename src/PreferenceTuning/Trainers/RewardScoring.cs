using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>Scores token sequences outside a rollout: for calibration, normalisation and reports.</summary>
public static class RewardScoring
{
    /// <summary>The reward model's score of each sequence (prompt and response), in the given order. Nothing is trained.</summary>
    /// <param name="model">The reward model.</param>
    /// <param name="sequences">At least one token each.</param>
    /// <param name="microBatchTokens">Most tokens (padding included) of one forward pass.</param>
    /// <param name="cancellationToken">Looked at before each forward pass.</param>
    public static IReadOnlyList<double> Scores(
        RewardModel model, IReadOnlyList<IReadOnlyList<int>> sequences, int microBatchTokens = 4096,
        CancellationToken cancellationToken = default)
    {
        using var inference = no_grad();
        var scores = new double[sequences.Count];
        foreach (var rows in MicroBatching.ByTokens([.. sequences.Select(sequence => sequence.Count)], microBatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var forward = SequenceForward.Collate([.. rows.Select(row => sequences[row])], (_, _) => false, model.Trunk.Device);
            var values = model.Scores(forward.Ids, forward.Mask).to(ScalarType.Float64).cpu().data<double>().ToArray();
            for (var i = 0; i < rows.Count; i++)
            {
                scores[rows[i]] = values[i];
            }
        }

        return scores;
    }
}
