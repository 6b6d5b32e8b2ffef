using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>
/// What a pairwise preference loss sees of one model: the summed log-probabilities of the chosen and the rejected responses, and how
/// many tokens each sum has, so that length-normalised losses need nothing else.
/// </summary>
/// <param name="Chosen">[B], nats: sum of the token log-probabilities of each chosen response.</param>
/// <param name="Rejected">[B], nats: the same of each rejected response.</param>
/// <param name="ChosenTokens">[B], any number type: how many tokens the chosen response has.</param>
/// <param name="RejectedTokens">[B], any number type: how many tokens the rejected response has.</param>
public sealed record PairLogProbs(Tensor Chosen, Tensor Rejected, Tensor ChosenTokens, Tensor RejectedTokens)
{
    /// <summary>Sums token log-probabilities inside the masks.</summary>
    /// <param name="chosenLogProbs">[B, Tc], nats.</param>
    /// <param name="chosenMask">[B, Tc] bool, true = a token of the response.</param>
    /// <param name="rejectedLogProbs">[B, Tr], nats.</param>
    /// <param name="rejectedMask">[B, Tr] bool, true = a token of the response.</param>
    /// <returns>Sums and token counts, [B] each.</returns>
    public static PairLogProbs FromTokens(Tensor chosenLogProbs, Tensor chosenMask, Tensor rejectedLogProbs, Tensor rejectedMask)
    {
        CheckTokens(chosenLogProbs, chosenMask, rejectedLogProbs, rejectedMask);
        return new PairLogProbs(
            Masked.Sum(chosenLogProbs, chosenMask, 1),
            Masked.Sum(rejectedLogProbs, rejectedMask, 1),
            chosenMask.sum(1),
            rejectedMask.sum(1));
    }

    /// <summary>
    /// LD-DPO: of the longer response, the tokens beyond the length of the shorter one count with weight <paramref name="alpha"/>. Liu
    /// et al. 2024, "Length Desensitization in Direct Preference Optimization", arXiv:2409.06411. Any loss works on the result; the
    /// token counts stay the full ones, as in TRL. Use the same masks and alpha for policy and reference.
    /// </summary>
    /// <param name="chosenLogProbs">[B, Tc], nats.</param>
    /// <param name="chosenMask">[B, Tc] bool, true = a token of the response.</param>
    /// <param name="rejectedLogProbs">[B, Tr], nats.</param>
    /// <param name="rejectedMask">[B, Tr] bool, true = a token of the response.</param>
    /// <param name="alpha">In [0, 1]: 1 is the plain sum, 0 drops the excess tokens.</param>
    /// <returns>Weighted sums and full token counts, [B] each.</returns>
    public static PairLogProbs LengthDesensitized(
        Tensor chosenLogProbs, Tensor chosenMask, Tensor rejectedLogProbs, Tensor rejectedMask, double alpha)
    {
        CheckTokens(chosenLogProbs, chosenMask, rejectedLogProbs, rejectedMask);
        ArgumentOutOfRangeException.ThrowIfNegative(alpha);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(alpha, 1);
        using var scope = NewDisposeScope();
        var chosenTokens = chosenMask.sum(1);
        var rejectedTokens = rejectedMask.sum(1);
        var shared = chosenTokens.minimum(rejectedTokens).unsqueeze(1);
        return new PairLogProbs(
            WeightedSum(chosenLogProbs, chosenMask, shared, alpha).MoveToOuterDisposeScope(),
            WeightedSum(rejectedLogProbs, rejectedMask, shared, alpha).MoveToOuterDisposeScope(),
            chosenTokens.MoveToOuterDisposeScope(),
            rejectedTokens.MoveToOuterDisposeScope());
    }

    private static Tensor WeightedSum(Tensor logProbs, Tensor mask, Tensor shared, double alpha)
    {
        var isShared = (mask.cumsum(1) <= shared).logical_and(mask);
        var isExcess = mask.logical_and(isShared.logical_not());
        return Masked.Sum(logProbs, isShared, 1) + (alpha * Masked.Sum(logProbs, isExcess, 1));
    }

    private static void CheckTokens(Tensor chosenLogProbs, Tensor chosenMask, Tensor rejectedLogProbs, Tensor rejectedMask)
    {
        Check.Rank(chosenLogProbs, 2);
        Check.SameShape(chosenMask, chosenLogProbs);
        Check.Rank(rejectedLogProbs, 2);
        Check.SameShape(rejectedMask, rejectedLogProbs);
        Check.Size(rejectedLogProbs, 0, chosenLogProbs.shape[0]);
        Check.Mask(chosenMask);
        Check.Mask(rejectedMask);
    }
}
