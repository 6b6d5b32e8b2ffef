namespace PreferenceTuning.Numerics;

/// <summary>
/// What the gradient of one row needs. With z = scale x, d = z - max, p = e^d / sum, H the entropy, a and b the gradients that
/// reach log-prob and entropy: dz = a (onehot - p) - b p (log p + H) = p (constant + slope d) + a onehot, where slope = -b and
/// constant = -a - b (H - log sum). The row's one-hot part is added afterwards, at one element.
/// </summary>
/// <param name="Max">Largest scaled logit.</param>
/// <param name="Scale">1 / temperature.</param>
/// <param name="InverseSum">1 / sum.</param>
/// <param name="Constant">See above; times scale.</param>
/// <param name="Slope">See above; times scale.</param>
/// <param name="InverseCap">1 / soft cap, or 0 where there is none.</param>
internal readonly record struct SoftmaxGradient(float Max, float Scale, float InverseSum, float Constant, float Slope, float InverseCap);

/// <inheritdoc cref="SoftmaxGradient"/>
internal readonly record struct SoftmaxGradientDouble(double Max, double Scale, double InverseSum, double Constant, double Slope, double InverseCap);

/// <summary>One row of logits after one pass: the largest scaled logit, and the sums of e^d and d e^d over the row.</summary>
internal readonly record struct SoftmaxSums(double Max, double Sum, double Weighted)
{
    /// <summary>log sum of e^z, nats.</summary>
    public double LogSumExp => Max + Math.Log(Sum);

    /// <summary>-sum p log p, nats.</summary>
    public double Entropy => Math.Log(Sum) - (Weighted / Sum);

    /// <summary>The log-prob of a scaled logit. (max, log sum) apart, because their float32 sum would lose the digits that matter.</summary>
    public double LogProb(double scaledLogit) => scaledLogit - Max - Math.Log(Sum);
}
