using PreferenceTuning.Losses;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>Sums over the micro-batches and steps of one PPO update, as plain numbers.</summary>
internal sealed class PpoStatistics
{
    private double _stepPolicyLoss;
    private double _stepValueLoss;
    private double _policyTokens;
    private double _valueTokens;
    private double _squaredLogRatio;
    private double _entropy;
    private double _clipped;
    private double _valueClipped;
    private double _policyLoss;
    private double _valueLoss;
    private double _gradientNorm;
    private int _steps;

    public int Skipped { get; private set; }

    public double FirstRatioDeviation { get; private set; }

    public double StepLoss => _stepPolicyLoss + _stepValueLoss;

    public double PolicyLoss => _policyLoss / Math.Max(1, _steps);

    public double ValueLoss => _valueLoss / Math.Max(1, _steps);

    public double GradientNorm => _gradientNorm / Math.Max(1, _steps);

    public double ApproxKl => 0.5 * _squaredLogRatio / Math.Max(1, _policyTokens);

    public double Entropy => _entropy / Math.Max(1, _policyTokens);

    public double ClipFraction => _clipped / Math.Max(1, _policyTokens);

    public double ValueClipFraction => _valueClipped / Math.Max(1, _valueTokens);

    public List<PpoStepMetrics> Steps { get; } = [];

    public void Add(
        Tensor policyLoss,
        Tensor valueLoss,
        Tensor entropies,
        PolicyLossResult policy,
        ValueLossResult value,
        Tensor policyMask,
        Tensor valueMask)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        _stepPolicyLoss += policyLoss.ToDouble();
        _stepValueLoss += valueLoss.ToDouble();
        _policyTokens += policyMask.sum().ToDouble();
        _valueTokens += valueMask.sum().ToDouble();
        _squaredLogRatio += Masked.Sum(policy.LogRatios.square(), policyMask).ToDouble();
        _entropy += Masked.Sum(entropies, policyMask).ToDouble();
        _clipped += policy.IsClipped.logical_and(policyMask).sum().ToDouble();
        _valueClipped += value.IsClipped.logical_and(valueMask).sum().ToDouble();
        if (_steps == 0)
        {
            FirstRatioDeviation = Math.Max(FirstRatioDeviation, policy.LogRatios.expm1().abs().max().ToDouble());
        }
    }

    public void EndStep(double gradientNorm, bool skipped)
    {
        Steps.Add(new PpoStepMetrics(_stepPolicyLoss, _stepValueLoss, gradientNorm));
        _policyLoss += _stepPolicyLoss;
        _valueLoss += _stepValueLoss;
        _gradientNorm += gradientNorm;
        _steps++;
        Skipped += skipped ? 1 : 0;
        (_stepPolicyLoss, _stepValueLoss) = (0, 0);
    }
}
