using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>
/// The last map of a language model, from hidden states to logits, kept apart from the body so that training never
/// materialises the logits of a whole batch: <c>logits = cap * tanh((h W^T + b) / cap)</c>, without the cap where it is null.
/// </summary>
/// <param name="Weight">[V, D], the embedding itself when tied.</param>
/// <param name="Bias">[V], or null.</param>
/// <param name="LogitSoftCap">Gemma 2's final soft cap (in logits), or null.</param>
public sealed record OutputHead(Tensor Weight, Tensor? Bias = null, double? LogitSoftCap = null)
{
    /// <summary>Logits of a few positions, such as those of a decode step: [N, D] to [N, V]. For training, see <see cref="TokenLogProbs"/>.</summary>
    public Tensor Logits(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var logits = MatrixProducts.Linear(hidden, Weight, Bias);
        return (LogitSoftCap is { } cap ? (logits / cap).tanh() * cap : logits).MoveToOuterDisposeScope();
    }
}
