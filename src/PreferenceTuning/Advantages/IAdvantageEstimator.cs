using static TorchSharp.torch;

namespace PreferenceTuning.Advantages;

/// <summary>Turns token rewards and value predictions into advantages: how much better each token was than expected.</summary>
public interface IAdvantageEstimator
{
    /// <summary>Estimates without gradient; no argument is changed.</summary>
    /// <param name="inputs">One rollout batch.</param>
    /// <returns>[B, T] each, 0 outside the mask.</returns>
    AdvantageResult Estimate(AdvantageInputs inputs);
}

/// <summary>What an estimator sees of a rollout batch.</summary>
/// <param name="TokenRewards">[B, T]: reward of each token, KL penalty included.</param>
/// <param name="Values">[B, T]: predicted return from each token on, at rollout.</param>
/// <param name="ResponseMask">[B, T] bool, true = a token of the response; holes (tool output) are skipped, not counted.</param>
public sealed record AdvantageInputs(Tensor TokenRewards, Tensor Values, Tensor ResponseMask);

/// <summary>What an estimator returns.</summary>
/// <param name="Advantages">[B, T], without gradient, not standardised, 0 outside the mask.</param>
/// <param name="Returns">[B, T], without gradient: the target of the value head, 0 outside the mask.</param>
public sealed record AdvantageResult(Tensor Advantages, Tensor Returns);
