using NUnit.Framework;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>What the tests of token log-probs share.</summary>
internal static class TokenLogProbsRun
{
    /// <summary>Log-probs, entropies, and the gradients of hidden states, weight and bias for fixed upstream gradients.</summary>
    public static List<Tensor> All(
        ScalarType type, double temperature, double? softCap, bool withBias, long chunkRows, ScalarType? roundTo = null)
    {
        random.manual_seed(11);
        const int rows = 16, width = 24, vocabulary = 2051;
        Tensor Leaf(params long[] shape) => randn(shape, dtype: ScalarType.Float64).to_type(roundTo ?? ScalarType.Float32).to_type(type).requires_grad_();
        var (hidden, weight, bias) = (Leaf(rows, width), Leaf(vocabulary, width), Leaf(vocabulary));
        var targets = randint(0, vocabulary, [rows], dtype: ScalarType.Int64);
        var (a, b) = (randn(rows, dtype: ScalarType.Float64), randn(rows, dtype: ScalarType.Float64));
        var result = TokenLogProbs.FromHidden(
            hidden, new OutputHead(weight, withBias ? bias : null, softCap), targets, temperature, chunkRows);
        CheckedBackward.Run((result.LogProbs * a).sum() + (result.Entropies * b).sum());
        List<Tensor> all = [result.LogProbs.detach(), result.Entropies.detach(), hidden.grad!, weight.grad!];
        return withBias ? [.. all, bias.grad!] : all;
    }

    public static void Close(Tensor got, Tensor expected, double absolute, double relative)
    {
        var (x, y) = (got.to_type(ScalarType.Float64), expected.to_type(ScalarType.Float64));
        var excess = ((x - y).abs() - (y.abs() * relative)).max().item<double>();
        Assert.That(excess, Is.LessThanOrEqualTo(absolute), $"largest difference {(x - y).abs().max().item<double>()}");
    }
}
