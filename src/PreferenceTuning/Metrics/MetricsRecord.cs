namespace PreferenceTuning.Metrics;

/// <summary>The numbers of one step, as they are read back from a file.</summary>
/// <param name="Step">The step.</param>
/// <param name="Metrics">The numbers, in the order in which they were written.</param>
public sealed record MetricsRecord(long Step, IReadOnlyList<Metric> Metrics);
