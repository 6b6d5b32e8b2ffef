using PreferenceTuning.Models;
using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>Scores by a reward model: its head at the last token of each response.</summary>
/// <param name="model">Only read.</param>
public sealed class RewardModelFunction(RewardModel model) : IRewardFunction
{
    /// <inheritdoc/>
    public Tensor Score(RolloutBatch rollouts)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        return model.Scores(rollouts.SequenceIds(), rollouts.SequenceMask()).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
