using PreferenceTuning.Numerics;

namespace PreferenceTuning.Optimization;

/// <summary>Where Adam adds its epsilon.</summary>
public enum AdamEpsilon
{
    /// <summary>To the bias-corrected root, <c>sqrt(v / (1 - beta2^t)) + eps</c>: Kingma and Ba 2014, algorithm 1; PyTorch.</summary>
    AfterBiasCorrection,

    /// <summary>
    /// To the uncorrected root, <c>sqrt(v) + eps</c>, with the rate <c>lr sqrt(1 - beta2^t) / (1 - beta1^t)</c>: the form before
    /// section 2.1 of the same paper, TensorFlow 1, and so Ziegler et al. 2019. A larger effective epsilon in the first steps.
    /// </summary>
    BeforeBiasCorrection,
}

/// <summary>How weight decay acts.</summary>
public enum WeightDecayKind
{
    /// <summary><c>p = p (1 - lr decay)</c> before the step: AdamW, Loshchilov and Hutter 2017, arXiv:1711.05101.</summary>
    Decoupled,

    /// <summary><c>decay p</c> is added to the gradient: Adam with L2, as in PyTorch's Adam.</summary>
    AddedToGradient,
}

/// <summary>Options of <see cref="AdamW"/>. Defaults as in PyTorch, except where a member says otherwise.</summary>
public sealed record AdamWOptions
{
    /// <summary>Decay of the gradient average, in [0, 1); 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the squared gradient average, in [0, 1); 0.999.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>
    /// Added to the root of the squared average, at least 0, in units of the gradient; 1e-8 (1e-5 in Ziegler et al. 2019).
    /// </summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Where epsilon is added; PyTorch's place.</summary>
    public AdamEpsilon EpsilonPlacement { get; init; } = AdamEpsilon.AfterBiasCorrection;

    /// <summary>Per step and unit of learning rate, at least 0; 0 as in Hugging Face's trainers (PyTorch: 0.01).</summary>
    public double WeightDecay { get; init; }

    /// <summary>How the decay acts; decoupled.</summary>
    public WeightDecayKind WeightDecayKind { get; init; } = WeightDecayKind.Decoupled;

    /// <summary>Which parameters decay; by default those of rank 2 and more, so neither biases nor the gains of norms.</summary>
    public Predicate<NamedParameter> Decays { get; init; } = parameter => parameter.Value.dim() >= 2;

    internal void Validate()
    {
        CheckFraction(Beta1, nameof(Beta1));
        CheckFraction(Beta2, nameof(Beta2));
        CheckNotNegative(Epsilon, nameof(Epsilon));
        CheckNotNegative(WeightDecay, nameof(WeightDecay));
    }

    private static void CheckFraction(double value, string name)
    {
        if (!(value >= 0 && value < 1))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{nameof(AdamWOptions)}.{name} must be in [0, 1).");
        }
    }

    private static void CheckNotNegative(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{nameof(AdamWOptions)}.{name} must be a finite number of at least 0.");
        }
    }
}
