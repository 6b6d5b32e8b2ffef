using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>
/// A rollout with everything that PPO learns from. All tensors [B, T] float32 unless said otherwise, nothing with a gradient.
/// </summary>
/// <param name="Rollouts">Prompts and responses.</param>
/// <param name="PolicyMask">bool, true where a token counts in the policy loss.</param>
/// <param name="ValueMask">bool, true where a token counts in the value loss.</param>
/// <param name="OldLogProbs">Sampling policy, nats; 0 outside the policy mask.</param>
/// <param name="RefLogProbs">Frozen reference, nats; 0 outside the policy mask.</param>
/// <param name="Values">Value function at rollout; 0 outside the value mask.</param>
/// <param name="Scores">[B], from the reward function.</param>
/// <param name="TokenRewards">After the KL penalty, the score included.</param>
public sealed record PpoExperience(
    RolloutBatch Rollouts,
    Tensor PolicyMask,
    Tensor ValueMask,
    Tensor OldLogProbs,
    Tensor RefLogProbs,
    Tensor Values,
    Tensor Scores,
    Tensor TokenRewards);
