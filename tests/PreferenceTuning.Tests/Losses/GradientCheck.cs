using NUnit.Framework;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Losses;

/// <summary>Compares gradients with central differences in float64.</summary>
internal static class GradientCheck
{
    private const double Step = 1e-6;

    /// <summary>
    /// The losses are summed with different weights, so that a gradient that lands on the wrong element shows. Inputs are float64 and
    /// are not changed.
    /// </summary>
    public static void Agrees(Func<Tensor[], Tensor> losses, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        var trained = Array.ConvertAll(inputs, input => input.detach().clone().requires_grad_());
        Weighted(losses(trained)).backward();
        for (var i = 0; i < inputs.Length; i++)
        {
            // An input that the losses do not use has no gradient: zero, which the differences confirm.
            var actual = (trained[i].grad ?? zeros_like(inputs[i])).contiguous().data<double>().ToArray();
            for (var k = 0; k < actual.Length; k++)
            {
                var expected = (Shifted(losses, inputs, i, k, Step) - Shifted(losses, inputs, i, k, -Step)) / (2 * Step);
                Assert.That(actual[k], Is.EqualTo(expected).Within(1e-7 * Math.Max(1, Math.Abs(expected))), $"input {i}, element {k}");
            }
        }
    }

    private static double Shifted(Func<Tensor[], Tensor> losses, Tensor[] inputs, int input, int element, double shift)
    {
        using var scope = NewDisposeScope();
        var shifted = Array.ConvertAll(inputs, tensor => tensor.detach().clone());
        shifted[input].reshape(-1)[element].add_(shift);
        return Weighted(losses(shifted)).item<double>();
    }

    private static Tensor Weighted(Tensor losses) =>
        (losses.reshape(-1) * arange(1, losses.numel() + 1, dtype: ScalarType.Float64)).sum() / 3;
}
