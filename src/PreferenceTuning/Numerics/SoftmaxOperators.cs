using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>The same as <see cref="SoftmaxKernel"/> in torch operators, for any device.</summary>
internal static class SoftmaxOperators
{
    public static Tensor Statistics(Tensor logits, in SoftmaxRequest request)
    {
        using var scope = NewDisposeScope();
        var z = logits * request.Scale;
        var max = z.amax([1], keepdim: true);
        var d = Distance(z, max);
        var e = d.exp();
        var sum = e.to_type(ScalarType.Float64).sum(1);
        // 0 * -infinity counts as 0: a token that cannot be drawn adds no entropy.
        var weighted = where(e.eq(0), zeros_like(e), e * d).to_type(ScalarType.Float64).sum(1);
        var logSum = sum.log();
        var (largest, target) = (max.squeeze(1).to_type(ScalarType.Float64), z.gather(1, request.Targets.unsqueeze(1)).squeeze(1).to_type(ScalarType.Float64));
        return stack([largest, sum, logSum - (weighted / sum), target - largest - logSum]).MoveToOuterDisposeScope();
    }

    public static void Gradient(Tensor logits, Tensor destination, Tensor statistics, Tensor upstream, in SoftmaxRequest request)
    {
        using var scope = NewDisposeScope();
        var type = logits.dtype;
        var (received, targets) = (upstream.to_type(ScalarType.Float64), request.Targets.unsqueeze(1));
        var (sum, entropy) = (statistics[1], statistics[2]);
        var slope = (-received[1] * request.Scale).to_type(type).unsqueeze(1);
        var constant = ((-received[0] - (received[1] * (entropy - sum.log()))) * request.Scale).to_type(type).unsqueeze(1);
        var d = Distance(logits * request.Scale, statistics[0].to_type(type).unsqueeze(1));
        var e = d.exp();
        var gradient = e / sum.to_type(type).unsqueeze(1) * (constant + (slope * d));
        gradient = where(e.eq(0), zeros_like(gradient), gradient);
        gradient.scatter_add_(1, targets, (received[0] * request.Scale).to_type(type).unsqueeze(1));
        if (request.InverseCap != 0)
        {
            gradient.mul_(1 - (logits * request.InverseCap).square());
        }

        // A row that nothing asks for is 0, whatever its logits.
        destination.copy_(where((received != 0).any(0).unsqueeze(1), gradient, zeros_like(gradient)));
    }

    private static Tensor Distance(Tensor z, Tensor max) => z - where(max.eq(double.NegativeInfinity), zeros_like(max), max);
}
