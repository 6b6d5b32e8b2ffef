using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>Scores by a reward model: its head at the last token of each response.</summary>
/// <param name="model">Only read.</param>
/// <param name="microBatchTokens">Most tokens (padding included) of one forward pass; one row at least. Memory only.</param>
public sealed class RewardModelFunction(RewardModel model, int microBatchTokens = 16384) : IRewardFunction
{
    private readonly int _microBatchTokens = microBatchTokens > 0
        ? microBatchTokens
        : throw new ArgumentOutOfRangeException(nameof(microBatchTokens), microBatchTokens, "A positive number of tokens was expected.");

    /// <inheritdoc/>
    public Tensor Score(RolloutBatch rollouts)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var (ids, mask) = (rollouts.SequenceIds(), rollouts.SequenceMask());
        var rows = Math.Max(1, _microBatchTokens / ids.shape[1]);
        var scores = new List<Tensor>();
        foreach (var (start, count) in RowChunks.Of(ids.shape[0], rows))
        {
            using var part = NewDisposeScope();
            scores.Add(model.Scores(ids.narrow(0, start, count), mask.narrow(0, start, count)).to(ScalarType.Float32).MoveToOuterDisposeScope());
        }

        return cat(scores).MoveToOuterDisposeScope();
    }
}
