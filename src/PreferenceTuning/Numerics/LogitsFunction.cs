using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace PreferenceTuning.Numerics;

/// <summary>Log-probs and entropies [2, N] from (logits, targets, temperature).</summary>
internal sealed class LogitsFunction : SingleTensorFunction<LogitsFunction>
{
    // Rows of 16-bit logits that are widened at one time.
    private const long WidenedElements = 1 << 23;

    public override string Name => "TokenLogProbs.FromLogits";

    /// <summary>Statistics in the type that callers get.</summary>
    public static Tensor Outputs(Tensor statistics, ScalarType input) =>
        statistics.to_type(input == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32);

    /// <summary>Log-probs and entropies in that order, in the type that callers get.</summary>
    public static Tensor LogProbsAndEntropies(Tensor statistics, ScalarType input)
    {
        using var scope = NewDisposeScope();
        return Outputs(stack([statistics[3], statistics[2]]), input).MoveToOuterDisposeScope();
    }

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        CheckedBackward.Accept(ctx);
        var (logits, targets, temperature) = ((Tensor)vars[0], (Tensor)vars[1], (double)vars[2]);
        var parts = new List<Tensor>();
        foreach (var (start, count) in Chunks(logits))
        {
            using var chunk = NewDisposeScope();
            parts.Add(SoftmaxRows.Statistics(Widened(logits.narrow(0, start, count)), Request(targets.narrow(0, start, count), temperature)).MoveToOuterDisposeScope());
        }

        var statistics = parts.Count == 0 ? zeros(4, 0, dtype: ScalarType.Float64, device: logits.device) : cat(parts, 1);
        ctx.save_data("temperature", temperature);
        ctx.save_for_backward(logits.requires_grad ? [logits, targets, statistics.MoveToOuterDisposeScope()] : []);
        return LogProbsAndEntropies(statistics, logits.dtype).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
        CheckedBackward.Guard(ctx, 3, grad_output, () => Gradients(ctx, grad_output));

    private static Tensor?[] Gradients(AutogradContext ctx, Tensor upstream)
    {
        var saved = ctx.get_saved_variables();
        var (logits, targets, statistics) = (saved[0], saved[1], saved[2]);
        var temperature = (double)ctx.get_data("temperature");
        var gradient = empty(logits.shape, dtype: logits.dtype, device: logits.device);
        foreach (var (start, count) in Chunks(logits))
        {
            using var chunk = NewDisposeScope();
            var rows = Widened(logits.narrow(0, start, count));
            var destination = gradient.narrow(0, start, count);
            var written = HeadChunks.Is16Bit(logits.dtype) ? rows : destination;
            SoftmaxRows.Gradient(rows, written, statistics.narrow(1, start, count), upstream.narrow(1, start, count), Request(targets.narrow(0, start, count), temperature));
            if (HeadChunks.Is16Bit(logits.dtype))
            {
                destination.copy_(rows);
            }
        }

        return [gradient, null, null];
    }

    private static SoftmaxRequest Request(Tensor targets, double temperature) => new(targets, 1 / temperature, 0);

    private static Tensor Widened(Tensor logits) => HeadChunks.Is16Bit(logits.dtype) ? logits.to_type(ScalarType.Float32) : logits;

    private static IEnumerable<(long Start, long Count)> Chunks(Tensor logits)
    {
        var rows = HeadChunks.Is16Bit(logits.dtype) ? Math.Max(1, WidenedElements / Math.Max(1, logits.shape[1])) : Math.Max(1, logits.shape[0]);
        return RowChunks.Of(logits.shape[0], rows);
    }
}
