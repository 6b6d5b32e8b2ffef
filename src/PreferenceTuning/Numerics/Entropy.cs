using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>Entropy of next-token distributions, <c>-sum p log p</c> with 0 log 0 = 0, in nats. Differentiable.</summary>
public static class Entropy
{
    /// <summary>The entropy of each row of logits.</summary>
    /// <param name="logits">[N, V], floating point.</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <returns>[N], nats.</returns>
    public static Tensor FromLogits(Tensor logits, double temperature = 1)
    {
        Check.Rank(logits, 2);
        using var scope = NewDisposeScope();
        return TokenLogProbs.FromLogits(logits, AnyTargets(logits), temperature).Entropies.MoveToOuterDisposeScope();
    }

    /// <summary>The entropy at each hidden state, a chunk of logits at a time; where log-probs are needed too, use <see cref="TokenLogProbs"/>.</summary>
    /// <param name="hidden">[N, D], after the final norm.</param>
    /// <param name="head">The map to logits.</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <returns>[N], nats.</returns>
    public static Tensor FromHidden(Tensor hidden, OutputHead head, double temperature = 1)
    {
        Check.Rank(hidden, 2);
        using var scope = NewDisposeScope();
        return TokenLogProbs.FromHidden(hidden, head, AnyTargets(hidden), temperature).Entropies.MoveToOuterDisposeScope();
    }

    // The log-prob of token 0 is computed as well; it costs nothing.
    private static Tensor AnyTargets(Tensor rows) => zeros(rows.shape[0], dtype: ScalarType.Int64, device: rows.device);
}
