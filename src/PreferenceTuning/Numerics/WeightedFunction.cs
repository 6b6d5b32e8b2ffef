using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace PreferenceTuning.Numerics;

/// <summary>
/// <c>sum w_i logProb_i</c> from (hidden, weight, bias or null, targets, weights, options, statistics to fill). The gradient is
/// computed while the logits exist, up to the one factor that backward brings.
/// </summary>
internal sealed class WeightedFunction : SingleTensorFunction<WeightedFunction>
{
    public override string Name => "TokenLogProbs.WeightedSumFromHidden";

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        CheckedBackward.Accept(ctx);
        var (hidden, weight, bias, targets, weights) = ((Tensor)vars[0], (Tensor)vars[1], vars[2] as Tensor, (Tensor)vars[3], (Tensor)vars[4]);
        var (options, statistics) = ((HeadOptions)vars[5], (List<Tensor>)vars[6]);
        var ofHidden = hidden.requires_grad ? empty_like(hidden) : null;
        var ofWeight = weight.requires_grad ? LeafGradient.Apart(weight) : null;
        var ofBias = bias is { requires_grad: true } ? LeafGradient.Apart(bias) : null;
        var upstream = stack([weights.to_type(ScalarType.Float64), zeros(weights.shape, dtype: ScalarType.Float64, device: weights.device)]);
        var chunks = new HeadChunks(weight, bias, options);
        foreach (var (start, count) in RowChunks.Of(hidden.shape[0], options.ChunkRows))
        {
            using var chunk = NewDisposeScope();
            var (rows, request) = (hidden.narrow(0, start, count), options.Request(targets.narrow(0, start, count)));
            var logits = chunks.Logits(rows);
            var known = SoftmaxRows.Statistics(logits, request);
            SoftmaxRows.Gradient(logits, logits, known, upstream.narrow(1, start, count), request);
            HiddenFunction.Propagate(logits, rows, weight, ofHidden?.narrow(0, start, count), ofWeight, ofBias);
            statistics.Add(known.MoveToOuterDisposeScope().MoveToOuterDisposeScope()); // Out of this method too, for the caller.
        }

        var sum = statistics.Count == 0 ? zeros(1, dtype: ScalarType.Float64, device: hidden.device) : (cat(statistics, 1)[3] * upstream[0]).sum();
        Tensor?[] gradients = [ofHidden, ofWeight?.Returned(), ofBias?.Returned()];
        ctx.save_for_backward([.. gradients.Select(gradient => gradient?.MoveToOuterDisposeScope()!), weight, bias!]);
        return sum.to_type(hidden.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
        CheckedBackward.Guard(ctx, 7, grad_output, () =>
        {
            var saved = ctx.get_saved_variables();
            var factor = grad_output.to_type(ScalarType.Float64).item<double>();
            return
            [
                (Tensor?)saved[0] is null ? null : saved[0] * factor,
                (Tensor?)saved[1] is null ? null : LeafGradient.AddScaled(saved[3], saved[1], factor),
                (Tensor?)saved[2] is null ? null : LeafGradient.AddScaled(saved[4], saved[2], factor),
                null, null, null, null,
            ];
        });
}
