using System.Diagnostics.Metrics;

namespace PreferenceTuning.Metrics;

/// <summary>
/// Publishes the newest numbers as gauges of <c>System.Diagnostics.Metrics</c>, which OpenTelemetry, <c>dotnet-counters</c> and the
/// rest of the .NET tools listen to: one gauge per metric, under the metric's own name, and <c>step</c>. Costs next to nothing while nobody
/// listens.
/// </summary>
public sealed class MeterMetricsSink : IMetricsSink, IDisposable
{
    private readonly Meter _meter;
    private readonly Gauge<long> _step;
    private readonly Dictionary<string, Gauge<double>> _gauges = [];

    /// <summary>Makes the meter.</summary>
    /// <param name="meterName">What listeners subscribe to; <c>PreferenceTuning</c> unless told otherwise.</param>
    public MeterMetricsSink(string meterName = "PreferenceTuning")
    {
        _meter = new Meter(meterName);
        _step = _meter.CreateGauge<long>("step");
    }

    /// <inheritdoc/>
    public void Write(long step, IReadOnlyList<Metric> metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        _step.Record(step);
        foreach (var (name, value) in metrics)
        {
            if (!_gauges.TryGetValue(name, out var gauge))
            {
                _gauges.Add(name, gauge = _meter.CreateGauge<double>(name));
            }

            gauge.Record(value);
        }
    }

    /// <summary>Ends the meter; listeners are told that its gauges are gone.</summary>
    public void Dispose() => _meter.Dispose();
}
