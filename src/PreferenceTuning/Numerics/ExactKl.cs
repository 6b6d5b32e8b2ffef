using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace PreferenceTuning.Numerics;

/// <summary>
/// The Kullback-Leibler divergence of next-token distributions over the whole vocabulary, <c>sum p (log p - log q)</c> in nats,
/// where the estimators from samples have noise. Differentiable in both distributions.
/// </summary>
public static class ExactKl
{
    /// <summary>KL(p || q) of each pair of rows.</summary>
    /// <param name="logits">[N, V], of p (the policy).</param>
    /// <param name="refLogits">[N, V], of q (the reference).</param>
    /// <param name="temperature">Divides both.</param>
    /// <returns>[N], nats. A token that p cannot draw adds nothing; one that only q cannot draw makes it infinite.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor FromLogits(Tensor logits, Tensor refLogits, double temperature = 1)
    {
        Check.FloatingPoint(logits);
        Check.Rank(logits, 2);
        Check.SameShape(refLogits, logits);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        using var scope = NewDisposeScope();
        var p = nn.functional.log_softmax(Wide(logits) / temperature, 1);
        var q = nn.functional.log_softmax(Wide(refLogits) / temperature, 1);

        // The replaced entries keep NaN out of the gradient as well.
        var impossible = p.eq(double.NegativeInfinity);
        var terms = p.exp() * (p.masked_fill(impossible, 0) - q.masked_fill(impossible, 0));
        return terms.masked_fill(impossible, 0).sum(1).MoveToOuterDisposeScope();
    }

    /// <summary>KL(p || q) at each position, from hidden states: a chunk of logits at a time, computed again for the gradient.</summary>
    /// <param name="hidden">[N, D], of the policy, after the final norm.</param>
    /// <param name="head">The policy's map to logits.</param>
    /// <param name="refHidden">[N, E], of the reference.</param>
    /// <param name="refHead">The reference's map to logits, over the same vocabulary.</param>
    /// <param name="temperature">Divides both.</param>
    /// <returns>[N], nats.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor FromHidden(Tensor hidden, OutputHead head, Tensor refHidden, OutputHead refHead, double temperature = 1) =>
        FromHidden(hidden, head, refHidden, refHead, temperature, chunkRows: null);

    internal static Tensor FromHidden(Tensor hidden, OutputHead head, Tensor refHidden, OutputHead refHead, double temperature, long? chunkRows)
    {
        CheckedBackward.ThrowPending();
        TokenLogProbs.CheckHead(hidden, head);
        TokenLogProbs.CheckHead(refHidden, refHead);
        Check.Size(refHidden, 0, hidden.shape[0]);
        Check.Size(refHead.Weight, 0, head.Weight.shape[0]);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        using var scope = NewDisposeScope();
        var rows = chunkRows ?? HeadChunks.Rows(hidden, head.Weight);
        var options = new KlOptions(head.LogitSoftCap, refHead.LogitSoftCap, temperature, rows);
        return KlFunction.apply(hidden, head.Weight, head.Bias!, refHidden, refHead.Weight, refHead.Bias!, options).MoveToOuterDisposeScope();
    }

    internal static Tensor Logits(Tensor hidden, Tensor weight, Tensor? bias, double? softCap)
    {
        using var scope = NewDisposeScope();
        var logits = Wide(MatrixProducts.Linear(hidden, weight, bias));
        return (softCap is { } cap ? (logits / cap).tanh() * cap : logits).MoveToOuterDisposeScope();
    }

    private static Tensor Wide(Tensor logits) => HeadChunks.Is16Bit(logits.dtype) ? logits.to_type(ScalarType.Float32) : logits;
}

/// <summary>How <see cref="KlFunction"/> applies the two heads.</summary>
internal sealed record KlOptions(double? SoftCap, double? RefSoftCap, double Temperature, long ChunkRows);

/// <summary>
/// Exact KL [N] from (hidden, weight, bias, refHidden, refWeight, refBias, options). The gradient runs each chunk again, with its
/// own small graph.
/// </summary>
internal sealed class KlFunction : SingleTensorFunction<KlFunction>
{
    private const int Tensors = 6;

    public override string Name => "ExactKl.FromHidden";

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        CheckedBackward.Accept(ctx);
        var inputs = vars[..Tensors].Select(input => input as Tensor).ToArray();
        var options = (KlOptions)vars[Tensors];
        var parts = new List<Tensor>();
        for (var start = 0L; start < inputs[0]!.shape[0]; start += options.ChunkRows)
        {
            using var chunk = NewDisposeScope();
            parts.Add(Chunk(Rows(inputs, start, options), options).MoveToOuterDisposeScope());
        }

        ctx.save_data("options", options);
        ctx.save_data("needs", inputs.Select(input => input is { requires_grad: true }).ToArray());
        ctx.save_for_backward([.. inputs.Select(input => input!)]);
        var type = inputs[0]!.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        return (parts.Count == 0 ? zeros(0, dtype: type, device: inputs[0]!.device) : cat(parts)).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
        CheckedBackward.Guard(ctx, Tensors + 1, grad_output, () => Gradients(ctx, grad_output));

    private static Tensor?[] Gradients(AutogradContext ctx, Tensor upstream)
    {
        var (options, needs) = ((KlOptions)ctx.get_data("options"), (bool[])ctx.get_data("needs"));
        var leaves = ctx.get_saved_variables().Select((tensor, i) => tensor is null ? null : (Tensor?)tensor.detach().requires_grad_(needs[i])).ToArray();
        using (enable_grad())
        {
            for (var start = 0L; start < leaves[0]!.shape[0]; start += options.ChunkRows)
            {
                using var chunk = NewDisposeScope();
                var rows = Rows(leaves, start, options);
                Chunk(rows, options).backward([upstream.narrow(0, start, rows[0]!.shape[0])]);
            }
        }

        return [.. leaves.Select((leaf, i) => needs[i] ? leaf!.grad : null), null];
    }

    private static Tensor Chunk(Tensor?[] x, KlOptions options) => ExactKl.FromLogits(
        ExactKl.Logits(x[0]!, x[1]!, x[2], options.SoftCap), ExactKl.Logits(x[3]!, x[4]!, x[5], options.RefSoftCap), options.Temperature);

    // Hidden states are cut into rows; weights and biases are whole.
    private static Tensor?[] Rows(Tensor?[] inputs, long start, KlOptions options)
    {
        var count = Math.Min(options.ChunkRows, inputs[0]!.shape[0] - start);
        return [inputs[0]!.narrow(0, start, count), inputs[1], inputs[2], inputs[3]!.narrow(0, start, count), inputs[4], inputs[5]];
    }
}
