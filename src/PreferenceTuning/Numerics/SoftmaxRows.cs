using System.Runtime.Intrinsics;
using PreferenceTuning.Numerics.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>What the rows of a matrix of logits are asked for. One token per row, a scale, and the soft cap already applied.</summary>
/// <param name="Targets">[N] int64.</param>
/// <param name="Scale">1 / temperature.</param>
/// <param name="InverseCap">1 / soft cap, or 0.</param>
internal readonly record struct SoftmaxRequest(Tensor Targets, double Scale, double InverseCap);

/// <summary>
/// Statistics and gradients of rows of logits. On the CPU a loop over raw memory, elsewhere torch operators; both compute
/// the same formulas. Statistics are a float64 matrix [4, N]: largest scaled logit, sum, entropy, log-prob.
/// </summary>
internal static class SoftmaxRows
{
    /// <summary>Sends CPU tensors to the operator version too, for the tests that compare both.</summary>
    internal static bool OperatorsOnly { get; set; }

    public static string Describe() =>
        OperatorsOnly ? "torch operators"
        : $"{(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)}-bit vectors, {get_num_threads()} threads";

    /// <summary>The statistics [4, N] of logits [N, V] (float32 or float64, rows contiguous).</summary>
    public static Tensor Statistics(Tensor logits, in SoftmaxRequest request) =>
        UseKernel(logits) ? SoftmaxKernel.Statistics(logits, request) : SoftmaxOperators.Statistics(logits, request);

    /// <summary>
    /// Writes the gradient over the logits [N, V], or into <paramref name="destination"/>, given the statistics [4, N] and the
    /// gradients [2, N] that reach log-probs and entropies.
    /// </summary>
    public static void Gradient(Tensor logits, Tensor destination, Tensor statistics, Tensor upstream, in SoftmaxRequest request)
    {
        if (UseKernel(logits))
        {
            SoftmaxKernel.Gradient(logits, destination, statistics, upstream, request);
        }
        else
        {
            SoftmaxOperators.Gradient(logits, destination, statistics, upstream, request);
        }
    }

    private static bool UseKernel(Tensor logits) => !OperatorsOnly && logits.device_type == DeviceType.CPU;
}
