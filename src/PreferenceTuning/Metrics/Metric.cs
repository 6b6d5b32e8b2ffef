namespace PreferenceTuning.Metrics;

/// <summary>One measured number of one step.</summary>
/// <param name="Name">
/// What was measured: one of <see cref="MetricNames"/>, or a name of your own in the same form (<c>group/name</c>).
/// </param>
/// <param name="Value">The number, in the unit that belongs to the name. NaN and the infinities are kept: a broken run must show.</param>
public readonly record struct Metric(string Name, double Value);

/// <summary>Where the numbers of a run go.</summary>
public interface IMetricsSink
{
    /// <summary>Takes the numbers of one step.</summary>
    /// <param name="step">The iteration or optimizer step that the caller counts in; it does not go down during a run.</param>
    /// <param name="metrics">The numbers; the sink does not keep the list.</param>
    void Write(long step, IReadOnlyList<Metric> metrics);
}
