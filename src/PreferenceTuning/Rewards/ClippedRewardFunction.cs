using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>Scores cut to a symmetric range (trlX's <c>cliprange_reward</c>, 10; DeepSpeed-Chat's <c>clip_reward_value</c>, 5).</summary>
public sealed class ClippedRewardFunction : IRewardFunction
{
    private readonly IRewardFunction _inner;
    private readonly double _limit;

    /// <param name="inner">Gives the scores.</param>
    /// <param name="limit">Scores are kept within plus and minus this, in their unit.</param>
    public ClippedRewardFunction(IRewardFunction inner, double limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        _inner = inner;
        _limit = limit;
    }

    /// <inheritdoc/>
    public Tensor Score(RolloutBatch rollouts)
    {
        using var scope = NewDisposeScope();
        return RewardShaping.ClipScores(_inner.Score(rollouts), _limit).MoveToOuterDisposeScope();
    }
}
