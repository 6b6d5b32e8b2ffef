using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace PreferenceTuning.Numerics;

/// <summary>Log-probs and entropies [2, N] from (hidden, weight, bias or null, targets, options); the gradient recomputes each chunk's logits.</summary>
internal sealed class HiddenFunction : SingleTensorFunction<HiddenFunction>
{
    public override string Name => "TokenLogProbs.FromHidden";

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        CheckedBackward.Accept(ctx);
        var (hidden, weight, bias, targets, options) = ((Tensor)vars[0], (Tensor)vars[1], vars[2] as Tensor, (Tensor)vars[3], (HeadOptions)vars[4]);
        var chunks = new HeadChunks(weight, bias, options);
        var statistics = new List<Tensor>();
        Tensor? kept = null;
        var trained = hidden.requires_grad || weight.requires_grad || bias is { requires_grad: true };
        foreach (var (start, count) in RowChunks.Of(hidden.shape[0], options.ChunkRows))
        {
            using var chunk = NewDisposeScope();
            var logits = chunks.Logits(hidden.narrow(0, start, count));
            statistics.Add(SoftmaxRows.Statistics(logits, options.Request(targets.narrow(0, start, count))).MoveToOuterDisposeScope());
            kept = trained && count == hidden.shape[0] && logits.numel() * logits.element_size() <= HeadChunks.KeepBytes ? logits.MoveToOuterDisposeScope() : null;
        }

        var all = statistics.Count == 0 ? zeros(4, 0, dtype: ScalarType.Float64, device: hidden.device) : cat(statistics, 1);
        ctx.save_data("options", options);
        ctx.save_data("needs", (hidden.requires_grad, weight.requires_grad, bias is { requires_grad: true }));

        // TorchSharp takes the saved tensors after this method has returned.
        ctx.save_for_backward(trained ? Keep(hidden, weight, bias, targets, all.MoveToOuterDisposeScope(), kept?.MoveToOuterDisposeScope()) : []);
        return LogitsFunction.LogProbsAndEntropies(all, hidden.dtype).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
        CheckedBackward.Guard(ctx, 5, grad_output, () => Gradients(ctx, grad_output));

    private static Tensor?[] Gradients(AutogradContext ctx, Tensor upstream)
    {
        var saved = ctx.get_saved_variables();
        var (hidden, weight, bias, targets, statistics, kept) = (saved[0], saved[1], (Tensor?)saved[2], saved[3], saved[4], (Tensor?)saved[5]);
        var options = (HeadOptions)ctx.get_data("options");
        var (needHidden, needWeight, needBias) = ((bool, bool, bool))ctx.get_data("needs");
        var ofHidden = needHidden ? empty_like(hidden) : null;
        var ofWeight = needWeight ? new LeafGradient(weight) : null;
        var ofBias = needBias ? new LeafGradient(bias!) : null;
        var chunks = kept is null ? new HeadChunks(weight, bias, options) : null;
        foreach (var (start, count) in RowChunks.Of(hidden.shape[0], options.ChunkRows))
        {
            using var chunk = NewDisposeScope();
            var rows = hidden.narrow(0, start, count);
            var logits = kept ?? chunks!.Logits(rows);
            var gradient = kept is null || CheckedBackward.UsesGraphOnce ? logits : empty_like(kept);
            SoftmaxRows.Gradient(logits, gradient, statistics.narrow(1, start, count), upstream.narrow(1, start, count), options.Request(targets.narrow(0, start, count)));
            Propagate(gradient, rows, weight, ofHidden?.narrow(0, start, count), ofWeight, ofBias);
        }

        return [ofHidden, ofWeight?.Returned(), ofBias?.Returned(), null, null];
    }

    /// <summary>From the gradient of a chunk's logits to those of its hidden states, of the weight and of the bias.</summary>
    public static void Propagate(Tensor gradient, Tensor rows, Tensor weight, Tensor? ofRows, LeafGradient? ofWeight, LeafGradient? ofBias)
    {
        using var scope = NewDisposeScope();
        ofBias?.Add(gradient.sum([0]));
        var typed = gradient.to_type(rows.dtype);
        if (ofRows is not null)
        {
            MatrixProducts.TransposedProductInto(ofRows, typed, weight);
        }

        ofWeight?.AddProduct(typed, rows);
    }

    // A saved tensor may be null.
    private static List<Tensor> Keep(params Tensor?[] tensors) => [.. tensors.Select(tensor => tensor!)];
}
