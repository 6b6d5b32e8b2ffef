namespace PreferenceTuning.Feedback.Statistics;

/// <summary>When an expectation-maximization loop stops.</summary>
public sealed record EmOptions
{
    /// <summary>Most rounds; 1,000.</summary>
    public int MaxRounds { get; init; } = 1000;

    /// <summary>
    /// Stop when a round raises the log-likelihood by less than this, in nats for the whole data; 1e-9. Negative: exactly
    /// <see cref="MaxRounds"/> rounds.
    /// </summary>
    public double Tolerance { get; init; } = 1e-9;

    internal EmOptions Checked()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxRounds);
        return double.IsNaN(Tolerance) ? throw new ArgumentOutOfRangeException(nameof(Tolerance), "'Tolerance' is not a number.") : this;
    }
}
