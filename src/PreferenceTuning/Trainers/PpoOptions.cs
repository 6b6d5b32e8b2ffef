namespace PreferenceTuning.Trainers;

/// <summary>Numbers of PPO. Which library's order of operations is followed is a <see cref="PpoRecipe"/>.</summary>
public sealed record PpoOptions
{
    /// <summary>Divides the logits of policy and reference when log-probs are computed; must be that of sampling. Default 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Passes over each rollout. Default 4 (Ziegler et al. 2019; TRL).</summary>
    public int Epochs { get; init; } = 4;

    /// <summary>Optimizer steps in each epoch. Default 1 (Ziegler et al. 2019; TRL).</summary>
    public int MiniBatches { get; init; } = 1;

    /// <summary>
    /// Most tokens (padding included) that one forward and backward pass reads. Memory only: the gradient does not depend on it. Default
    /// 4096.
    /// </summary>
    public int MicroBatchTokens { get; init; } = 4096;

    /// <summary>The policy ratio counts within 1 minus and 1 plus this (Schulman et al. 2017, eq. 7). Default 0.2.</summary>
    public double ClipRange { get; init; } = 0.2;

    /// <summary>
    /// New values count within the old ones minus and plus this, in units of the return. Default 0.2 (Ziegler et al. 2019; TRL).
    /// </summary>
    public double ValueClipRange { get; init; } = 0.2;

    /// <summary>Weight of the value loss. Default 0.1 (Ziegler et al. 2019; TRL).</summary>
    public double ValueCoefficient { get; init; } = 0.1;

    /// <summary>
    /// Weight of the entropy that is added to the objective, per token in nats. Default 0: neither Ziegler et al. nor TRL has one.
    /// </summary>
    public double EntropyCoefficient { get; init; }

    /// <summary>Largest global L2 norm of the gradient; null does not clip. Default 1.</summary>
    public double? MaxGradientNorm { get; init; } = 1;

    /// <summary>
    /// Optimizer steps that may be skipped in a row because loss or gradient is not finite, before training stops with an error. Default 3.
    /// </summary>
    public int MaxSkippedSteps { get; init; } = 3;

    /// <summary>Seed of the order in which rows are visited.</summary>
    public ulong Seed { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Temperature);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MiniBatches);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MicroBatchTokens);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ClipRange);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ValueClipRange);
        ArgumentOutOfRangeException.ThrowIfNegative(ValueCoefficient);
    }
}
