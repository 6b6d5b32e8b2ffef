using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>A weighted sum of log-probs, and what it was made of.</summary>
/// <param name="Sum">A scalar, nats; differentiable.</param>
/// <param name="LogProbs">[N], nats, without a gradient: for metrics.</param>
/// <param name="Entropies">[N], nats, without a gradient: for metrics.</param>
public sealed record WeightedLogProbsResult(Tensor Sum, Tensor LogProbs, Tensor Entropies);
