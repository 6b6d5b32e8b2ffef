using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>What a policy says of N tokens; both differentiable. float64 for float64 inputs, else float32.</summary>
/// <param name="LogProbs">[N], nats: the log-probability of each target token.</param>
/// <param name="Entropies">[N], nats: the entropy of the distribution each token was drawn from.</param>
public sealed record TokenLogProbsResult(Tensor LogProbs, Tensor Entropies);
