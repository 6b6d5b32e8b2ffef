using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>
/// Losses of tokens that somebody wrote, unreduced: the trainer divides once, by the tokens of the whole optimizer batch.
/// </summary>
public static class SupervisedLosses
{
    /// <summary>Negative log-likelihood, <c>-log pi_t</c>.</summary>
    /// <param name="logProbs">[B, T], nats.</param>
    /// <param name="mask">[B, T] bool, true = a token that is learned.</param>
    /// <returns>[B, T], 0 outside the mask.</returns>
    public static Tensor NegativeLogLikelihood(Tensor logProbs, Tensor mask)
    {
        CheckTokens(logProbs, mask);
        using var scope = NewDisposeScope();
        return logProbs.neg().masked_fill(mask.logical_not(), 0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Dynamic fine-tuning, <c>-sg(pi_t) log pi_t</c>: the likelihood weighted with the detached probability of the token. Wu et al.
    /// 2025, arXiv:2508.05629.
    /// </summary>
    /// <param name="logProbs">[B, T], nats.</param>
    /// <param name="mask">[B, T] bool, true = a token that is learned.</param>
    /// <returns>[B, T], 0 outside the mask.</returns>
    public static Tensor Dft(Tensor logProbs, Tensor mask)
    {
        CheckTokens(logProbs, mask);
        using var scope = NewDisposeScope();
        var kept = logProbs.masked_fill(mask.logical_not(), 0);
        return (kept.detach().exp() * kept).neg().MoveToOuterDisposeScope();
    }

    private static void CheckTokens(Tensor logProbs, Tensor mask)
    {
        Check.Rank(logProbs, 2);
        Check.FloatingPoint(logProbs);
        Check.Mask(mask);
        Check.SameShape(mask, logProbs);
    }
}
