using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>
/// Estimates of KL(policy || reference), in nats, from the log-probabilities of tokens that the policy sampled (k1, k2, k3), and the
/// exact value from both logit rows. Schulman 2020, "Approximating KL divergence" (joschu.net/blog/kl-approx.html). All are
/// differentiable in both arguments and keep the shape of the log-probabilities.
/// </summary>
public static class KlEstimators
{
    // Below this |log-ratio| a series replaces expm1(d) - d, whose digits cancel: relative error 1e-15 on both sides.
    private const double SeriesLimit = 0.1;
    private const int SeriesTerms = 10;

    /// <summary>k1: <c>log pi - log ref</c>. Unbiased, high variance, negative for single tokens.</summary>
    /// <param name="logProbs">Any shape, nats: log-probabilities under the policy that sampled the tokens.</param>
    /// <param name="refLogProbs">The same shape, nats: log-probabilities of the same tokens under the reference.</param>
    /// <returns>The same shape, nats.</returns>
    public static Tensor K1(Tensor logProbs, Tensor refLogProbs)
    {
        Check.SameShape(refLogProbs, logProbs);
        using var scope = NewDisposeScope();
        return (logProbs - refLogProbs).MoveToOuterDisposeScope();
    }

    /// <summary>k2: <c>(log pi - log ref)^2 / 2</c>. Biased, low variance; its gradient is that of the KL divergence.</summary>
    /// <param name="logProbs">Any shape, nats: log-probabilities under the policy that sampled the tokens.</param>
    /// <param name="refLogProbs">The same shape, nats: log-probabilities of the same tokens under the reference.</param>
    /// <returns>The same shape, nats.</returns>
    public static Tensor K2(Tensor logProbs, Tensor refLogProbs)
    {
        Check.SameShape(refLogProbs, logProbs);
        using var scope = NewDisposeScope();
        return ((logProbs - refLogProbs).square() / 2).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// k3: <c>exp(-d) - 1 + d</c> with <c>d = log pi - log ref</c>. Unbiased, never negative. Computed as <c>expm1(-d) + d</c>, and as
    /// a power series for <c>|d| &lt; 0.1</c>, because the plain expression loses all its digits below 1e-8.
    /// </summary>
    /// <param name="logProbs">Any shape, nats: log-probabilities under the policy that sampled the tokens.</param>
    /// <param name="refLogProbs">The same shape, nats: log-probabilities of the same tokens under the reference.</param>
    /// <returns>The same shape, nats.</returns>
    public static Tensor K3(Tensor logProbs, Tensor refLogProbs)
    {
        Check.SameShape(refLogProbs, logProbs);
        using var scope = NewDisposeScope();
        var d = refLogProbs - logProbs;
        // The clamp keeps the branch that is not taken finite: zero times infinity would put NaN into the gradient.
        var small = d.clamp(-SeriesLimit, SeriesLimit);
        var inner = ones_like(small);
        for (var n = SeriesTerms; n >= 3; n--)
        {
            inner = 1 + (small / n * inner);
        }

        var series = small.square() / 2 * inner;
        return where(d.abs() < SeriesLimit, series, d.expm1() - d).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The exact <c>sum_v pi_v (log pi_v - log ref_v)</c> over the last dimension. A token with policy logit -infinity contributes 0;
    /// one that only the reference excludes gives infinity, as the definition says.
    /// </summary>
    /// <param name="logits">[..., V]: logits of the policy.</param>
    /// <param name="refLogits">[..., V]: logits of the reference.</param>
    /// <returns>[...], nats.</returns>
    public static Tensor Exact(Tensor logits, Tensor refLogits)
    {
        Check.SameShape(refLogits, logits);
        using var scope = NewDisposeScope();
        var vocabulary = logits.shape[^1];
        return ExactKl.FromLogits(logits.reshape(-1, vocabulary), refLogits.reshape(-1, vocabulary)).view(logits.shape[..^1]).MoveToOuterDisposeScope();
    }
}
