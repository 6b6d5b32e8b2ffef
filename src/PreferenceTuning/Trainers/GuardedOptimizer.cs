using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;

namespace PreferenceTuning.Trainers;

/// <summary>
/// Clips, checks and steps: a step whose loss or gradient is not finite is skipped and counted, and too many in a row are an error.
/// </summary>
internal sealed class GuardedOptimizer
{
    private readonly AdamW _optimizer;
    private readonly double _maxGradientNorm;
    private readonly int _maxSkippedSteps;
    private int _skippedInARow;

    public GuardedOptimizer(AdamW optimizer, double? maxGradientNorm, int maxSkippedSteps)
    {
        if (maxGradientNorm is { } max && !(max > 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(maxGradientNorm), maxGradientNorm, "MaxGradientNorm must be above 0, or null for no clipping.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(maxSkippedSteps);
        (_optimizer, _maxGradientNorm, _maxSkippedSteps) = (optimizer, maxGradientNorm ?? double.PositiveInfinity, maxSkippedSteps);
    }

    public void ZeroGradients()
    {
        _optimizer.ZeroGradients();
        HostAllocator.FreeCrumbs();
    }

    /// <summary>The global gradient norm before clipping, and whether the step was skipped.</summary>
    public (double GradientNorm, bool Skipped) Step(double learningRate, double loss)
    {
        var clipping = GradientClipping.ClipByGlobalNorm(_optimizer.Parameters, _maxGradientNorm);
        if (double.IsFinite(clipping.Norm) && double.IsFinite(loss))
        {
            _optimizer.Step(learningRate);
            _skippedInARow = 0;
            return (clipping.Norm, false);
        }

        if (++_skippedInARow > _maxSkippedSteps)
        {
            throw new TrainingException(
                $"Loss or gradient was not finite in {_skippedInARow} optimizer steps in a row (loss {loss}, gradient norm " +
                $"{clipping.Norm}). " +
                "Lower the learning rate, look at the data of these steps, or resume from an earlier checkpoint.");
        }

        return (clipping.Norm, true);
    }
}
