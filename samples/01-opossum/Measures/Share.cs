using PreferenceTuning.Feedback.Statistics;

namespace Opossum.Measures;

/// <summary>A share with its 95 % interval (Wilson).</summary>
internal readonly record struct Share(int Count, int Total, double Low, double High)
{
    /// <summary>Count over total; NaN when there is nothing to count.</summary>
    public double Value => Total == 0 ? double.NaN : Count / (double)Total;

    /// <summary>A share and its interval; 0 to 1 when nothing was counted.</summary>
    public static Share Of(int count, int total)
    {
        var interval = Proportion.Wilson(count, total);
        return new Share(count, total, interval.Low ?? 0, interval.High ?? 1);
    }
}
