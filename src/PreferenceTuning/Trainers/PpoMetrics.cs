namespace PreferenceTuning.Trainers;

/// <summary>What one iteration of PPO measured. Means over tokens are masked means; means over responses weigh responses equally.</summary>
public sealed record PpoMetrics
{
    /// <summary>Number of this iteration, from 0.</summary>
    public required long Iteration { get; init; }

    /// <summary>Responses seen so far, this iteration included.</summary>
    public required long Episodes { get; init; }

    /// <summary>Mean over responses of the reward function's output, before any KL penalty.</summary>
    public required double Scores { get; init; }

    /// <summary>Standard deviation of the scores over responses (population).</summary>
    public required double ScoresDeviation { get; init; }

    /// <summary>
    /// Mean over responses of the sum over tokens of log p - log p_ref (k1), nats per response; what the controller sees.
    /// </summary>
    public required double Kl { get; init; }

    /// <summary>The coefficient that this iteration's rewards were shaped with.</summary>
    public required double KlCoefficient { get; init; }

    /// <summary>Mean over responses of the summed token rewards: score minus coefficient times KL.</summary>
    public required double ShapedReward { get; init; }

    /// <summary>Mean token entropy of the policy during the update, nats.</summary>
    public required double Entropy { get; init; }

    /// <summary>Mean clipped policy loss over optimizer steps.</summary>
    public required double PolicyLoss { get; init; }

    /// <summary>Mean value loss over optimizer steps, before its coefficient.</summary>
    public required double ValueLoss { get; init; }

    /// <summary>Half the mean squared log-ratio of new and sampling policy, over all updates (Ziegler's approxkl).</summary>
    public required double ApproxKl { get; init; }

    /// <summary>Share of tokens whose ratio was clipped.</summary>
    public required double ClipFraction { get; init; }

    /// <summary>Share of tokens whose value was clipped.</summary>
    public required double ValueClipFraction { get; init; }

    /// <summary>1 - Var(returns - values) / Var(returns) at rollout; 1 = the value function predicts every return.</summary>
    public required double ExplainedVariance { get; init; }

    /// <summary>Largest |ratio - 1| before the first optimizer step: rounding only, when sampling and training agree.</summary>
    public required double FirstRatioDeviation { get; init; }

    /// <summary>Mean global gradient norm before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Mean tokens of a response.</summary>
    public required double ResponseLength { get; init; }

    /// <summary>Share of responses that ended by themselves.</summary>
    public required double FinishedShare { get; init; }

    /// <summary>The rate of this iteration.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Optimizer steps that were skipped because loss or gradient was not finite.</summary>
    public required int SkippedSteps { get; init; }

    /// <summary>Each optimizer step of the iteration, in order.</summary>
    public required IReadOnlyList<PpoStepMetrics> Steps { get; init; }
}

/// <summary>One optimizer step of PPO.</summary>
/// <param name="PolicyLoss">Clipped policy loss under the step's denominators.</param>
/// <param name="ValueLoss">Value loss, before its coefficient.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
public sealed record PpoStepMetrics(double PolicyLoss, double ValueLoss, double GradientNorm);
