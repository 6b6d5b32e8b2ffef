using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>Weights per pair for a preference loss: multiply them with the unreduced losses.</summary>
public static class PreferenceWeights
{
    /// <summary>
    /// WPO: how probable a response is under the current policy, relative to what the policy itself would write:
    /// <c>exp(mean_t (log pi_t - log sum_v pi_v^2))</c> over its tokens, detached. The weight of a pair is the product of its two
    /// responses. Zhou et al. 2024, arXiv:2406.11827.
    /// </summary>
    /// <param name="logProbs">[B, T], nats: log-probabilities of the response tokens under the current policy.</param>
    /// <param name="logSumSquaredProbs">[B, T]: <c>log sum_v pi_v^2</c> of the same distributions.</param>
    /// <param name="mask">[B, T] bool, true = a token of the response.</param>
    /// <returns>[B], without gradient; 1 for an empty response.</returns>
    public static Tensor Wpo(Tensor logProbs, Tensor logSumSquaredProbs, Tensor mask)
    {
        Check.Rank(logProbs, 2);
        Check.SameShape(logSumSquaredProbs, logProbs);
        using var scope = NewDisposeScope();
        return Masked.Mean((logProbs - logSumSquaredProbs).detach(), mask, 1).exp().MoveToOuterDisposeScope();
    }
}
