using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>
/// From one score per response [B] and a KL estimate per token [B, T] to one reward per token [B, T]. Where the sources differ, each
/// variant has its own method.
/// </summary>
public static class RewardShaping
{
    /// <summary>
    /// Recommended: <c>-coefficient * kl</c> at every token of the response, and the score at its last token, so that the end token is
    /// what earns it.
    /// </summary>
    /// <param name="scores">[B]: score of each response.</param>
    /// <param name="kl">[B, T], nats: a KL estimate per token, see <see cref="KlEstimators"/>.</param>
    /// <param name="responseMask">[B, T] bool, true = a token of the response, the end token included.</param>
    /// <param name="klCoefficient">Units of score per nat, at least 0.</param>
    /// <returns>[B, T], 0 outside the mask.</returns>
    /// <exception cref="ArgumentException">A response is empty: no token can carry its score.</exception>
    public static Tensor TokenRewards(Tensor scores, Tensor kl, Tensor responseMask, double klCoefficient)
    {
        CheckInputs(scores, kl, responseMask, klCoefficient);
        using var scope = NewDisposeScope();
        var last = Masked.LastTrue(responseMask);
        if ((last < 0).any().item<bool>())
        {
            var row = (last < 0).to(ScalarType.Int64).argmax().item<long>();
            throw new ArgumentException(
                $"'responseMask' keeps no token in row {row}; an empty response has no token to carry its score: "
                + "keep its end token, or drop it.",
                nameof(responseMask));
        }

        return WithScores(Penalties(kl, responseMask, klCoefficient), scores, last).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// TRL: the penalty at every token of the response, and the score one position after its last token where there is room, else on it
    /// (TRL 1.9 <c>ppo_trainer</c>). An empty response gets its score at position 0.
    /// </summary>
    /// <param name="scores">[B]: score of each response.</param>
    /// <param name="kl">[B, T], nats: a KL estimate per token.</param>
    /// <param name="responseMask">[B, T] bool, true = a token of the response, the end token included.</param>
    /// <param name="klCoefficient">Units of score per nat, at least 0.</param>
    /// <returns>[B, T], 0 outside the mask except for the score.</returns>
    public static Tensor TokenRewardsTrl(Tensor scores, Tensor kl, Tensor responseMask, double klCoefficient)
    {
        CheckInputs(scores, kl, responseMask, klCoefficient);
        using var scope = NewDisposeScope();
        var after = (Masked.LastTrue(responseMask) + 1).clamp(max: responseMask.shape[1] - 1);
        return WithScores(Penalties(kl, responseMask, klCoefficient), scores, after).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Ziegler et al. 2019, arXiv:1909.08593, eq. 2: the penalty at every position, also after the end of the response, and the score
    /// at the last position. Responses have a fixed length there.
    /// </summary>
    /// <param name="scores">[B]: score of each response.</param>
    /// <param name="kl">[B, T], nats: <c>log pi - log ref</c> of every position.</param>
    /// <param name="klCoefficient">beta of the paper, units of score per nat, at least 0.</param>
    /// <returns>[B, T].</returns>
    public static Tensor TokenRewardsZiegler(Tensor scores, Tensor kl, double klCoefficient)
    {
        using var scope = NewDisposeScope();
        var everything = ones_like(kl, ScalarType.Bool);
        CheckInputs(scores, kl, everything, klCoefficient);
        var last = full_like(scores, kl.shape[1] - 1, ScalarType.Int64);
        return WithScores(Penalties(kl, everything, klCoefficient), scores, last).MoveToOuterDisposeScope();
    }

    /// <summary>TRL: a response without an end token loses <paramref name="penalty"/>.</summary>
    /// <param name="scores">[B].</param>
    /// <param name="hasEnd">[B] bool, true = the response contains its end token.</param>
    /// <param name="penalty">Units of the score; greater than 0 lowers the score.</param>
    /// <returns>[B].</returns>
    public static Tensor SubtractMissingEndPenalty(Tensor scores, Tensor hasEnd, double penalty)
    {
        CheckEnds(scores, hasEnd);
        using var scope = NewDisposeScope();
        return where(hasEnd, scores, scores - penalty).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Ziegler et al. 2019: a response without an end token has this score, whatever the reward model says; -1 there.
    /// </summary>
    /// <param name="scores">[B].</param>
    /// <param name="hasEnd">[B] bool, true = the response contains its end token.</param>
    /// <param name="score">Units of the score.</param>
    /// <returns>[B].</returns>
    public static Tensor ReplaceScoreWithoutEnd(Tensor scores, Tensor hasEnd, double score)
    {
        CheckEnds(scores, hasEnd);
        using var scope = NewDisposeScope();
        return scores.masked_fill(hasEnd.logical_not(), score).MoveToOuterDisposeScope();
    }

    /// <summary>Limits scores to [-limit, limit]; 5 in DeepSpeed-Chat, 10 in trlX and OpenRLHF. NaN stays NaN.</summary>
    /// <param name="scores">[B].</param>
    /// <param name="limit">Units of the score, greater than 0.</param>
    /// <returns>[B].</returns>
    public static Tensor ClipScores(Tensor scores, double limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return scores.clamp(-limit, limit);
    }

    private static Tensor Penalties(Tensor kl, Tensor mask, double coefficient) => (-coefficient * kl).masked_fill(mask.logical_not(), 0);

    private static Tensor WithScores(Tensor penalties, Tensor scores, Tensor positions) =>
        penalties.scatter_add(1, positions.unsqueeze(1), scores.to(penalties.dtype).unsqueeze(1));

    private static void CheckInputs(Tensor scores, Tensor kl, Tensor responseMask, double klCoefficient)
    {
        Check.Rank(kl, 2);
        Check.FloatingPoint(kl);
        Check.Rank(scores, 1);
        Check.Size(scores, 0, kl.shape[0]);
        Check.SameShape(responseMask, kl);
        Check.Mask(responseMask);
        ArgumentOutOfRangeException.ThrowIfNegative(klCoefficient);
    }

    private static void CheckEnds(Tensor scores, Tensor hasEnd)
    {
        Check.Rank(scores, 1);
        Check.SameShape(hasEnd, scores);
        Check.Mask(hasEnd);
    }
}
