using PreferenceTuning.Models;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;

namespace Opossum.Pipeline;

/// <summary>
/// Scores excerpts by a reward model that reads them as it was trained to: as texts, cut or ended, with the end token behind each. Tokens
/// as they were sampled would be a place for PPO to find numbers that mean nothing.
/// </summary>
internal sealed class ExcerptScores(RewardModel model, Codec codec) : IRewardFunction
{
    /// <inheritdoc/>
    public Tensor Score(RolloutBatch rollouts)
    {
        var sequences = Enumerable.Range(0, rollouts.Count).Select(row => (IReadOnlyList<int>)
            codec.Judged(rollouts.PromptTokens(row), codec.Text(rollouts.ResponseTokens(row))));
        return tensor([.. RewardScoring.Scores(model, [.. sequences]).Select(score => (float)score)]);
    }
}
