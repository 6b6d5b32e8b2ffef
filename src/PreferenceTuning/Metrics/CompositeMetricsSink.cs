namespace PreferenceTuning.Metrics;

/// <summary>Hands every step to several sinks, in their order. It does not own them: who made a sink disposes of it.</summary>
public sealed class CompositeMetricsSink : IMetricsSink
{
    private readonly IMetricsSink[] _sinks;

    /// <summary>Joins sinks; with none, the numbers go nowhere.</summary>
    public CompositeMetricsSink(params IEnumerable<IMetricsSink> sinks)
    {
        ArgumentNullException.ThrowIfNull(sinks);
        _sinks = [.. sinks];
    }

    /// <inheritdoc/>
    public void Write(long step, IReadOnlyList<Metric> metrics)
    {
        foreach (var sink in _sinks)
        {
            sink.Write(step, metrics);
        }
    }
}
