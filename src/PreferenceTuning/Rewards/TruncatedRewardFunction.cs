using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>
/// Scores responses of fixed length after cutting each behind its first truncation token (Ziegler et al. 2019: the policy writes on, the
/// reward model does not see it). A response without one is scored whole and counts as unfinished.
/// </summary>
/// <param name="inner">Sees the cut responses; <see cref="RolloutBatch.Finished"/> says which had the token.</param>
/// <param name="truncationToken">The token that ends a response; it stays.</param>
/// <param name="padToken">Stands in the places behind it.</param>
/// <param name="after">The token counts from this position on (from 0).</param>
public sealed class TruncatedRewardFunction(IRewardFunction inner, int truncationToken, int padToken, int after = 0) : IRewardFunction
{
    /// <inheritdoc/>
    public Tensor Score(RolloutBatch rollouts)
    {
        using var scope = NewDisposeScope();
        // Padding may look like the token; -1 is no token at all.
        var drawn = rollouts.ResponseIds.masked_fill(rollouts.ResponseMask.logical_not(), -1);
        var cut = ResponseTruncation.AfterToken(drawn, truncationToken, padToken, after);
        var shortened = rollouts with
        {
            ResponseIds = cut.Tokens.masked_fill(rollouts.ResponseMask.logical_not(), padToken),
            ResponseMask = cut.Mask.logical_and(rollouts.ResponseMask),
            Finished = cut.HasEnd,
        };
        return inner.Score(shortened).MoveToOuterDisposeScope();
    }
}
