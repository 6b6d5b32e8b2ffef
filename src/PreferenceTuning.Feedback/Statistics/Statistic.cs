using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// A number that may not exist. A statistic without a value (one category, one annotator, nothing shared) carries the reason
/// instead of 0 or NaN, so that a table never shows an invented number.
/// </summary>
public sealed record Statistic
{
    private Statistic()
    {
    }

    /// <summary>The estimate, or null where it is undefined.</summary>
    public double? Value { get; private init; }

    /// <summary>Lower end of the interval; null where there is no interval.</summary>
    public double? Low { get; private init; }

    /// <summary>Upper end of the interval; null where there is no interval.</summary>
    public double? High { get; private init; }

    /// <summary>Estimated standard error; null where the interval does not rest on one.</summary>
    public double? StandardError { get; private init; }

    /// <summary>Coverage that the interval aims at, e.g. 0.95; null where there is no interval.</summary>
    public double? Confidence { get; private init; }

    /// <summary>How the interval was made, e.g. <c>Wilson</c>; null where there is no interval.</summary>
    public string? IntervalMethod { get; private init; }

    /// <summary>Why there is no value; null where there is one.</summary>
    public string? UndefinedReason { get; private init; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(UndefinedReason))]
    public bool IsDefined => Value is not null;

    /// <summary>The value, for callers that cannot go on without one.</summary>
    /// <exception cref="InvalidOperationException">The statistic is undefined; the message says why.</exception>
    public double Required => Value ?? throw new InvalidOperationException($"The statistic is undefined: {UndefinedReason}");

    /// <summary>A value without an interval.</summary>
    public static Statistic Of(double value) => new() { Value = Finite(value) };

    /// <summary>A value with an interval at the given coverage.</summary>
    public static Statistic WithInterval(
        double value, double low, double high, double confidence, string method, double? standardError = null) => new()
        {
            Value = Finite(value),
            Low = Finite(low),
            High = Finite(high),
            Confidence = Check.Confidence(confidence),
            IntervalMethod = method,
            StandardError = standardError,
        };

    /// <summary>The interval <c>value ± z · standardError</c>, not clipped to the statistic's range.</summary>
    public static Statistic Wald(double value, double standardError, double confidence, string method = "Wald")
    {
        var reach = Distributions.TwoSidedNormalQuantile(confidence) * standardError;
        return WithInterval(value, value - reach, value + reach, confidence, method, standardError);
    }

    /// <summary>No value, and the reason for that.</summary>
    public static Statistic Undefined(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return new() { UndefinedReason = reason };
    }

    /// <summary>For people: <c>0.743 (95 % 0.66 to 0.81)</c>, or <c>undefined: reason</c>.</summary>
    public override string ToString()
    {
        if (!IsDefined)
        {
            return $"undefined: {UndefinedReason}";
        }

        var value = Value.Value.ToString("0.0000", CultureInfo.InvariantCulture);
        return Confidence is null
            ? value
            : string.Create(CultureInfo.InvariantCulture, $"{value} ({100 * Confidence:0.##} % {Low:0.0000} to {High:0.0000})");
    }

    private static double Finite(double value) => double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(
            nameof(value), value, "A statistic's value must be finite; use Statistic.Undefined with the reason.");
}
