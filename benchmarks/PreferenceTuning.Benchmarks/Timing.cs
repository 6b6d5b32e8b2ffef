using System.Diagnostics;

namespace PreferenceTuning.Benchmarks;

/// <summary>Seconds by the clock.</summary>
internal static class Timing
{
    public static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }

    /// <summary>Each action once to warm up, then all in turn, so that what else the machine does meets them alike; the seconds of each.</summary>
    public static double[][] InTurn(int repetitions, params Action[] actions)
    {
        foreach (var action in actions)
        {
            action();
        }

        var runs = Enumerable.Range(0, repetitions).Select(_ => actions.Select(Seconds).ToArray()).ToArray();
        return [.. actions.Select((_, i) => runs.Select(run => run[i]).ToArray())];
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }
}
