using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Advantages;

/// <summary>How advantages are brought to mean 0 and variance 1 over a batch, where the sources differ.</summary>
public static class AdvantageScaling
{
    private const double Epsilon = 1e-8;

    /// <summary>
    /// With the population variance (divided by n). Ziegler et al. 2019, lm-human-preferences <c>whiten</c>: there over every position
    /// of the mini-batch, that is with a mask that is true everywhere, and again in every epoch.
    /// </summary>
    /// <param name="advantages">[B, T].</param>
    /// <param name="mask">[B, T] bool, true = keep.</param>
    /// <returns>[B, T], 0 outside the mask.</returns>
    public static Tensor StandardizeZiegler(Tensor advantages, Tensor mask) =>
        Masked.Standardize(advantages, mask, unbiased: false, Epsilon);

    /// <summary>
    /// With the unbiased variance (divided by n - 1), once over the rollout batch, over the tokens of the responses: TRL's
    /// <c>masked_whiten</c>. TRL rounds the factor n / (n - 1) to float32, ours does not.
    /// </summary>
    /// <param name="advantages">[B, T].</param>
    /// <param name="mask">[B, T] bool, true = keep; at least two positions.</param>
    /// <returns>[B, T], 0 outside the mask.</returns>
    public static Tensor StandardizeTrl(Tensor advantages, Tensor mask) =>
        Masked.Standardize(advantages, mask, unbiased: true, Epsilon);
}
