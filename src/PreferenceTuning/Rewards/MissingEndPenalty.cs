using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>What an unfinished response (one that the length limit cut) costs. Libraries differ; both rules are here by name.</summary>
public sealed class MissingEndPenalty : IRewardFunction
{
    private readonly IRewardFunction _inner;
    private readonly Func<Tensor, Tensor, Tensor> _penalise;

    private MissingEndPenalty(IRewardFunction inner, Func<Tensor, Tensor, Tensor> penalise)
    {
        _inner = inner;
        _penalise = penalise;
    }

    /// <summary>The score minus <paramref name="penalty"/> (TRL's <c>missing_eos_penalty</c>), in units of the score.</summary>
    public static MissingEndPenalty Subtract(IRewardFunction inner, double penalty) =>
        new(inner, (scores, finished) => RewardShaping.SubtractMissingEndPenalty(scores, finished, penalty));

    /// <summary>The score becomes <paramref name="value"/> (Ziegler et al. 2019; -1 there), in units of the score.</summary>
    public static MissingEndPenalty Replace(IRewardFunction inner, double value) =>
        new(inner, (scores, finished) => RewardShaping.ReplaceScoreWithoutEnd(scores, finished, value));

    /// <inheritdoc/>
    public Tensor Score(RolloutBatch rollouts)
    {
        using var scope = NewDisposeScope();
        return _penalise(_inner.Score(rollouts), rollouts.Finished).MoveToOuterDisposeScope();
    }
}
