using static TorchSharp.torch;

namespace PreferenceTuning.Optimization;

/// <summary>
/// The arithmetic of one Adam step on one tensor, in place. The only place that knows it, so that a fused operator can stand in for it.
/// </summary>
internal static class AdamUpdate
{
    /// <summary>
    /// Changes parameter and averages. The operations and their order are PyTorch's, so float32 results are equal bit for bit.
    /// </summary>
    /// <param name="parameter">The float32 or float64 tensor that is changed.</param>
    /// <param name="gradient">Same shape and type.</param>
    /// <param name="average">Running mean of the gradient, changed.</param>
    /// <param name="squareAverage">Running mean of the squared gradient, changed.</param>
    /// <param name="step">1 for the first step.</param>
    /// <param name="learningRate">Rate of this step.</param>
    /// <param name="weightDecay">Decay of this parameter; 0 where it does not decay.</param>
    /// <param name="options">Validated options.</param>
    public static void Apply(
        Tensor parameter,
        Tensor gradient,
        Tensor average,
        Tensor squareAverage,
        long step,
        double learningRate,
        double weightDecay,
        AdamWOptions options)
    {
        using var scope = NewDisposeScope();
        if (weightDecay != 0)
        {
            if (options.WeightDecayKind == WeightDecayKind.Decoupled)
            {
                parameter.mul_(1 - (learningRate * weightDecay));
            }
            else
            {
                gradient = gradient.add(parameter, alpha: weightDecay);
            }
        }

        average.lerp_(gradient, tensor(1 - options.Beta1, dtype: average.dtype, device: average.device));
        squareAverage.mul_(options.Beta2).addcmul_(gradient, gradient, value: 1 - options.Beta2);
        var correction = 1 - Math.Pow(options.Beta1, step);
        var rootCorrection = Math.Sqrt(1 - Math.Pow(options.Beta2, step));
        if (options.EpsilonPlacement == AdamEpsilon.AfterBiasCorrection)
        {
            var denominator = (squareAverage.sqrt() / rootCorrection).add_(options.Epsilon);
            parameter.addcdiv_(average, denominator, value: -(learningRate / correction));
        }
        else
        {
            var denominator = squareAverage.sqrt().add_(options.Epsilon);
            parameter.addcdiv_(average, denominator, value: -(learningRate * rootCorrection / correction));
        }
    }
}
