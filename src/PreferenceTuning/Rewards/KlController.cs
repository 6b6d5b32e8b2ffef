namespace PreferenceTuning.Rewards;

/// <summary>Decides how strongly drift from the frozen reference is punished.</summary>
public abstract class KlController
{
    /// <summary>The coefficient of the KL penalty, in units of reward per nat.</summary>
    public abstract double Coefficient { get; }

    /// <summary>Tells the controller what the last iteration measured.</summary>
    /// <param name="observedKl">Nats per response: the mean over responses of the KL estimate summed over tokens.</param>
    /// <param name="episodes">How many responses it was measured on.</param>
    public abstract void Update(double observedKl, int episodes);
}

/// <summary>A coefficient that stays as it is.</summary>
public sealed class FixedKlController : KlController
{
    /// <summary>Creates the controller.</summary>
    /// <param name="coefficient">Units of reward per nat, at least 0; 0.2 in lm-human-preferences, 0.05 in TRL.</param>
    public FixedKlController(double coefficient)
    {
        if (!double.IsFinite(coefficient) || coefficient < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(coefficient), coefficient, "The KL coefficient must be a finite number of at least 0.");
        }

        Coefficient = coefficient;
    }

    /// <inheritdoc/>
    public override double Coefficient { get; }

    /// <inheritdoc/>
    public override void Update(double observedKl, int episodes)
    {
    }
}
