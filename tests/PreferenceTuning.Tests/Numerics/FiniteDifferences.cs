using NUnit.Framework;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>Gradients by central differences in float64.</summary>
internal static class FiniteDifferences
{
    /// <summary>Compares the gradient that a function propagates to each leaf with differences of the function's value.</summary>
    /// <param name="function">A scalar of the leaves, recomputed from them at every call.</param>
    /// <param name="leaves">float64 leaves that require gradients; their values are changed and restored.</param>
    public static void Check(Func<Tensor> function, params Tensor[] leaves)
    {
        const double h = 1e-5;
        using var scope = NewDisposeScope();
        foreach (var leaf in leaves)
        {
            leaf.grad = null;
        }

        CheckedBackward.Run(function());
        using var off = no_grad();
        foreach (var leaf in leaves)
        {
            var gradient = leaf.grad is null ? new double[leaf.numel()] : [.. leaf.grad.contiguous().data<double>()];
            var flat = leaf.view(-1);
            for (var i = 0; i < leaf.numel(); i++)
            {
                var value = flat[i].item<double>();
                flat[i] = value + h;
                var above = function().item<double>();
                flat[i] = value - h;
                var below = function().item<double>();
                flat[i] = value;
                Assert.That(
                    gradient[i], Is.EqualTo((above - below) / (2 * h)).Within(1e-8 + (1e-6 * Math.Abs(gradient[i]))),
                    $"element {i} of a leaf {Shape(leaf)}");
            }
        }
    }

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
