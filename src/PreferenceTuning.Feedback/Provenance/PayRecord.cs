using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Provenance;

/// <summary>What an amount of pay is for.</summary>
public enum PayUnit
{
    /// <summary>One judgement.</summary>
    PerTask,

    /// <summary>One hour of work.</summary>
    PerHour,

    /// <summary>Nothing was paid.</summary>
    Unpaid,
}

/// <summary>
/// How annotators were paid. No public vocabulary has a field for it, so this is one record that is printed into every card and written
/// as JSON. Pay by the task and pressure to be fast are the same number seen from two sides: see <see cref="EffectiveHourly"/>.
/// </summary>
public sealed record PayRecord
{
    /// <summary>ISO 4217 code, such as EUR.</summary>
    public required string Currency { get; init; }

    /// <summary>The amount, in <see cref="Currency"/>; 0 when unpaid.</summary>
    public required double Amount { get; init; }

    /// <summary>What it is for.</summary>
    public required PayUnit Unit { get; init; }

    /// <summary>Median working time of a judgement, seconds, or null; <see cref="JudgementFacts.MedianSeconds"/> has it.</summary>
    public double? MedianSeconds { get; init; }

    /// <summary>The legal minimum per hour where the annotators work, in <see cref="Currency"/>, or null.</summary>
    public double? MinimumWage { get; init; }

    /// <summary>Where that figure comes from, or null.</summary>
    public string? MinimumWageReference { get; init; }

    /// <summary>Who paid, or null.</summary>
    public string? PaidBy { get; init; }

    /// <summary>Whether tests and training before the work were paid, or null.</summary>
    public bool? QualificationPaid { get; init; }

    /// <summary>When the rate held, or null.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>
    /// What an hour of work brought: the hourly rate itself, or <c>amount * 3600 / median seconds</c>; null where pay is by the task and
    /// times are not known.
    /// </summary>
    public double? EffectiveHourly => Unit switch
    {
        PayUnit.PerTask => MedianSeconds is > 0 and var seconds ? Amount * 3600 / seconds : null,
        PayUnit.PerHour => Amount,
        _ => 0,
    };

    /// <summary>The record in a sentence.</summary>
    public override string ToString()
    {
        var rate = Unit switch
        {
            PayUnit.PerTask => Invariant($"{Amount:0.00##} {Currency} per judgement"),
            PayUnit.PerHour => Invariant($"{Amount:0.00##} {Currency} per hour"),
            _ => "Unpaid",
        };
        var time = MedianSeconds is { } seconds ? Invariant($"; median time {seconds:0.#} s") : "; working times not known";
        var hourly = Unit == PayUnit.Unpaid ? "" : EffectiveHourly is { } amount ? Invariant($"; effective {amount:0.00} {Currency} per hour") : "; effective hourly pay not known";
        var minimum = MinimumWage is { } wage
            ? Invariant(
                $"; legal minimum {wage:0.00} {Currency} per hour{(MinimumWageReference is null ? "" : $" ({MinimumWageReference})")}")
            : "; legal minimum not known";
        var qualification = QualificationPaid switch { true => "paid", false => "unpaid", null => "not known" };
        var date = Date is { } day ? Invariant($"{day:yyyy-MM-dd}") : "not known";
        return $"{rate}{time}{hourly}{minimum}; paid by {PaidBy ?? "(not known)"}; qualification {qualification}; date of the rate {date}.";
    }

    /// <summary>The record as JSON: every key is there, what is not known is null.</summary>
    public string ToJson() => CanonicalJson.Write(Write, CanonicalJson.Indented) + "\n";

    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("currency", Currency);
        writer.WriteNumber("amount", Amount);
        writer.WriteString("unit", JsonNamingPolicy.SnakeCaseLower.ConvertName(Unit.ToString()));
        WriteNumber(writer, "median_seconds", MedianSeconds);
        WriteNumber(writer, "effective_hourly", EffectiveHourly is { } hourly ? Math.Round(hourly, 4) : null);
        WriteNumber(writer, "minimum_wage_hourly", MinimumWage);
        writer.WriteString("minimum_wage_reference", MinimumWageReference);
        writer.WriteString("paid_by", PaidBy);
        if (QualificationPaid is { } paid)
            writer.WriteBoolean("qualification_paid", paid);
        else
            writer.WriteNull("qualification_paid");
        writer.WriteString("date", Date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
