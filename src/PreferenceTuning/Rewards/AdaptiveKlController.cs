namespace PreferenceTuning.Rewards;

/// <summary>
/// A proportional controller in log space that holds the KL divergence near a target: <c>e = clip(KL / target - 1, -0.2, 0.2)</c>,
/// <c>coefficient = coefficient * (1 + e * episodes / horizon)</c>. Ziegler et al. 2019, arXiv:1909.08593, section 2.2 (there K =
/// episodes / horizon).
/// </summary>
/// <remarks>
/// KL is per response, summed over its tokens; the horizon is in episodes. verl compares the mean over tokens instead, and trlX calls
/// its controller after every mini-batch: targets do not carry over. To resume, construct it with the saved <see cref="Coefficient"/>:
/// there is no other state.
/// </remarks>
public sealed class AdaptiveKlController : KlController
{
    private const double LargestError = 0.2;
    private double _coefficient;

    /// <summary>Creates the controller.</summary>
    /// <param name="coefficient">
    /// The first (or resumed) coefficient, units of reward per nat, greater than 0; 0.15 in the paper's code.
    /// </param>
    /// <param name="target">Nats per response, greater than 0; 6 in the paper's code for 24 tokens.</param>
    /// <param name="horizon">
    /// Episodes, greater than 0; 10000 in the paper's code: after so many at the largest error the coefficient has changed by about 20
    /// %.
    /// </param>
    public AdaptiveKlController(double coefficient, double target, double horizon = 10_000)
    {
        CheckPositive(coefficient, nameof(coefficient));
        CheckPositive(target, nameof(target));
        CheckPositive(horizon, nameof(horizon));
        _coefficient = coefficient;
        Target = target;
        Horizon = horizon;
    }

    /// <inheritdoc/>
    public override double Coefficient => _coefficient;

    /// <summary>Nats per response.</summary>
    public double Target { get; }

    /// <summary>Episodes.</summary>
    public double Horizon { get; }

    /// <inheritdoc/>
    public override void Update(double observedKl, int episodes)
    {
        if (!double.IsFinite(observedKl))
        {
            throw new ArgumentOutOfRangeException(
                nameof(observedKl),
                observedKl,
                "The observed KL must be a finite number: a log-probability of policy or reference is not.");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(episodes);
        var factor = 1 + (Math.Clamp((observedKl / Target) - 1, -LargestError, LargestError) * episodes / Horizon);
        if (factor <= 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(episodes),
                episodes,
                $"{episodes} episodes in one update against a horizon of {Horizon} would turn the coefficient negative; use a longer horizon.");
        }

        _coefficient *= factor;
    }

    private static void CheckPositive(double value, string name)
    {
        if (!double.IsFinite(value) || value <= 0)
        {
            throw new ArgumentOutOfRangeException(name, value, $"'{name}' must be a finite number greater than 0.");
        }
    }
}
