namespace Opossum.Report;

/// <summary>One line of the result table.</summary>
/// <param name="Name">Field of summary.json.</param>
/// <param name="Meaning">In plain words.</param>
/// <param name="Value">What was measured, or null.</param>
/// <param name="Required">What should hold, in words, or null where nothing is required.</param>
/// <param name="Met">Whether it holds; null where nothing is required or nothing was measured.</param>
internal sealed record Threshold(string Name, string Meaning, double? Value, string? Required, bool? Met);

/// <summary>What the main job promises to hold.</summary>
internal static class Thresholds
{
    public const double WinRateLow = 0.80;
    public const double PerplexityRatio = 1.25;
    public const double Distinct2Ratio = 0.55;
    public const double KlTolerance = 0.25;

    /// <summary>The whole table, promises first.</summary>
    public static IReadOnlyList<Threshold> Of(Summary summary) =>
    [
        WinRateOf(summary),
        new("perplexityRatio", "how much worse the tuned model predicts real text in the preferred style", summary.PerplexityRatio, "at most 1.25",
            summary.PerplexityRatio is { } ratio ? ratio <= PerplexityRatio : null),
        new(
            "distinct2Ratio", "how much of the variety of its answers is left", summary.Distinct2Ratio, "at least 0.55",
            summary.Distinct2Ratio >= Distinct2Ratio),
        new("klPerResponse", "how far the tuned model moved, nats per answer", summary.KlPerResponse,
            summary.KlTarget is { } target ? FormattableString.Invariant($"{target:0.00} ± 25 %") : null,
            summary.KlTarget is { } aim ? Math.Abs(summary.KlPerResponse - aim) <= KlTolerance * aim : null),
        new("winRate", "how often the tuned answer is preferred to the original one, ties half", summary.WinRate, null, null),
        new("baseRate", "the same for the original model against itself; 0.5 means a fair comparison", summary.BaseRate, null, null),
        new("preferredShareBefore", "answers that are all that was asked for, before", summary.PreferredShareBefore, null, null),
        new("preferredShareAfter", "the same, after", summary.PreferredShareAfter, null, null),
        new(
            "perplexityRatioAll", "perplexity on held-out text of both styles, tuned over original", summary.PerplexityRatioAll, null,
            null),
        new("rewardAccuracy", "held-out pairs in which the score agrees with people", summary.RewardAccuracy, null, null),
    ];

    /// <summary>
    /// An original model that mostly does what is preferred leaves little to win: where a share s of its answers is all that was asked for,
    /// an ideal model ties with those and wins 1 - s / 2. Nothing is promised where that is less than the promise.
    /// </summary>
    private static Threshold WinRateOf(Summary summary)
    {
        var reachable = 1 - (summary.PreferredShareBefore / 2);
        var (required, met) = reachable >= WinRateLow
            ? ("at least 0.80", summary.WinRateLow >= WinRateLow)
            : (FormattableString.Invariant($"{reachable:0.00} is all that an ideal model could reach"), (bool?)null);
        return new("winRateLow", "lower end of the 95 % interval of the win rate", summary.WinRateLow, required, met);
    }
}
