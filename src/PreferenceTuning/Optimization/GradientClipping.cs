using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Optimization;

/// <summary>What clipping found.</summary>
/// <param name="Norm">The norm of all gradients together, before clipping.</param>
/// <param name="IsFinite">
/// False: a gradient is NaN or infinite, or the norm overflowed. The gradients are as they were; skip the step.
/// </param>
/// <param name="IsClipped">The gradients were scaled down.</param>
public readonly record struct GradientNorm(double Norm, bool IsFinite, bool IsClipped);

/// <summary>Limits the size of a step. Pascanu et al. 2013, arXiv:1211.5063, algorithm 1, over all parameters together.</summary>
public static class GradientClipping
{
    private const double Epsilon = 1e-6;

    /// <summary>
    /// Scales all gradients by <c>min(1, max / (norm + 1e-6))</c>, PyTorch's <c>clip_grad_norm_</c>. Unlike there, a norm that is not
    /// finite changes nothing and is reported: scaling by it would turn the gradients into zeros and NaN.
    /// </summary>
    /// <param name="parameters">The trained parameters; those without a gradient are passed over.</param>
    /// <param name="max">The largest norm, greater than 0; infinity measures only.</param>
    /// <param name="power">Which norm: 2 is Euclidean, infinity the largest entry; at least 1.</param>
    /// <returns>The norm before clipping; one read from the device.</returns>
    public static GradientNorm ClipByGlobalNorm(IReadOnlyList<NamedParameter> parameters, double max, double power = 2)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        ArgumentOutOfRangeException.ThrowIfLessThan(power, 1);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var gradients = parameters.Select(parameter => parameter.Value.grad).OfType<Tensor>().ToList();
        if (gradients.Count == 0)
        {
            return new GradientNorm(0, IsFinite: true, IsClipped: false);
        }

        var norms = stack(gradients.ConvertAll(gradient => Norm(gradient, power)));
        var norm = linalg.vector_norm(norms, power).to(ScalarType.Float64).item<double>();
        var isFinite = double.IsFinite(norm);
        var factor = max / (norm + Epsilon);
        if (!isFinite || factor >= 1)
        {
            return new GradientNorm(norm, isFinite, IsClipped: false);
        }

        using Scalar scale = factor;
        gradients.ForEach(gradient => gradient.mul_(scale));
        return new GradientNorm(norm, IsFinite: true, IsClipped: true);
    }

    // Half precision is widened: a sum of millions of squares does not fit into it.
    private static Tensor Norm(Tensor gradient, double power) =>
        linalg.vector_norm(gradient.dtype == ScalarType.Float64 ? gradient : gradient.to(ScalarType.Float32), power);
}
