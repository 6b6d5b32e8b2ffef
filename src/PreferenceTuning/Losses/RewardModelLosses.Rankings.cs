using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>Losses of a reward model over rankings of several responses to one prompt.</summary>
public static partial class RewardModelLosses
{
    /// <summary>
    /// Plackett-Luce: the negative log-likelihood of choosing the best candidate, then the best of the rest, and so on,
    /// <c>sum_i [ log sum_{j not better than i} e^(r_j) - r_i ]</c>. Luce 1959; Plackett 1975, Applied Statistics 24(2), 193-202. For
    /// two candidates it is <see cref="BradleyTerry"/>.
    /// </summary>
    /// <remarks>
    /// Candidates of equal rank are tied. A group of m ties takes m places, in an order that nobody stated; as in Efron 1977 (JASA
    /// 72(359), 557-565; the partial likelihood with ties) the l-th of these places counts every member of the group with weight 1 -
    /// l/m. Two tied candidates with equal rewards cost log 2, and the loss pulls their rewards together. The order of the candidates
    /// in the tensor does not matter.
    /// </remarks>
    /// <param name="rewards">[B, K].</param>
    /// <param name="ranks">[B, K] int64: smaller is better, equal is a tie; the numbers need not be consecutive.</param>
    /// <param name="mask">[B, K] bool, true = a candidate; false = padding of a shorter ranking.</param>
    /// <param name="top">Only the first this many places count (what lies behind was not ordered); not given = all.</param>
    /// <returns>[B], nats; 0 where fewer than two candidates are kept.</returns>
    public static Tensor PlackettLuce(Tensor rewards, Tensor ranks, Tensor mask, int? top = null)
    {
        Check.Rank(rewards, 2);
        Check.FloatingPoint(rewards);
        Check.SameShape(ranks, rewards);
        Check.SameShape(mask, rewards);
        Check.Mask(mask);
        if (top is { } places)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(places, nameof(top));
        }

        using var scope = NewDisposeScope();
        var kept = rewards.masked_fill(mask.logical_not(), 0);
        var (own, others, present) = (ranks.unsqueeze(2), ranks.unsqueeze(1), mask.unsqueeze(1));
        var better = (others < own).logical_and(present).sum(2);
        var counted = top is null ? mask : mask.logical_and(better < top.Value);
        // Differences first: the loss does not depend on a common shift, and float32 should not either.
        var differences = kept.unsqueeze(1) - kept.unsqueeze(2);
        var losses = (differences + LogWeights(own, others, present, rewards.dtype)).logsumexp(2);
        return Masked.Sum(losses, counted, 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Pick the best of N: <c>log sum_j e^(r_j) - r_best</c>, the softmax cross-entropy of Ziegler et al. 2019, arXiv:1909.08593, eq. 1
    /// (there N = 4). Plackett-Luce of the first place only.
    /// </summary>
    /// <param name="rewards">[B, N].</param>
    /// <param name="best">[B] int64, in [0, N): which one people chose.</param>
    /// <returns>[B], nats.</returns>
    public static Tensor PickBest(Tensor rewards, Tensor best)
    {
        Check.Rank(rewards, 2);
        Check.FloatingPoint(rewards);
        Check.Rank(best, 1);
        Check.Size(best, 0, rewards.shape[0]);
        using var scope = NewDisposeScope();
        return nn.functional.log_softmax(rewards, 1).gather(1, best.unsqueeze(1)).squeeze(1).neg().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// [B, K, K]: the log of the weight with which candidate j stands against candidate i; -infinity where it does not.
    /// </summary>
    private static Tensor LogWeights(Tensor own, Tensor others, Tensor present, ScalarType dtype)
    {
        var tied = (others == own).logical_and(present);
        var size = tied.sum(2, keepdim: true).clamp(min: 1).to(dtype);
        var place = tied.tril(-1).sum(2, keepdim: true).to(dtype);
        var weights = where(tied, 1 - (place / size), ones(1, dtype, own.device));
        // A padded candidate stands against itself: an empty sum would be -infinity, and its gradient NaN.
        var itself = eye(own.shape[1], dtype: ScalarType.Bool, device: own.device).unsqueeze(0);
        var stands = (others > own).logical_and(present).logical_or(tied).logical_or(itself);
        return weights.log().masked_fill(stands.logical_not(), double.NegativeInfinity);
    }
}
