using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>
/// Says how good responses are: a reward model, a rule, a judge whose numbers were fetched before, or a person. To change one, wrap it.
/// </summary>
public interface IRewardFunction
{
    /// <summary>Scores of the responses: [B] float32, higher is better, one for each row of <paramref name="rollouts"/>.</summary>
    Tensor Score(RolloutBatch rollouts);
}
