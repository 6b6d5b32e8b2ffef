using System.Text.Json.Serialization;

namespace Opossum.Report;

/// <summary>
/// What <c>summary.json</c> holds, with its field names in camel case. Each number is measured; one that a run could not measure is null,
/// and
/// the report says why.
/// </summary>
internal sealed record Summary
{
    /// <summary>Tuned against base on held-out prompts, judged by the simulated preference without noise, ties half.</summary>
    public required double WinRate { get; init; }

    /// <summary>Lower end of the 95 % bootstrap interval over prompts.</summary>
    public required double WinRateLow { get; init; }

    /// <summary>Upper end.</summary>
    public required double WinRateHigh { get; init; }

    /// <summary>The same comparison between base answers and other base answers: the control, near 0.5.</summary>
    public required double BaseRate { get; init; }

    /// <summary>KL of the tuned model from the original, summed over a response's tokens, mean over responses, nats.</summary>
    public required double KlPerResponse { get; init; }

    /// <summary>What the controller aimed at, nats per response; null with <c>--kl off</c> and where no controller is used.</summary>
    public required double? KlTarget { get; init; }

    /// <summary>Perplexity on held-out text in the preferred style, tuned over base.</summary>
    public required double? PerplexityRatio { get; init; }

    /// <summary>Perplexity on held-out text of both styles, tuned over base.</summary>
    public required double? PerplexityRatioAll { get; init; }

    /// <summary>Distinct bigrams in as many answers, tuned over base.</summary>
    public required double Distinct2Ratio { get; init; }

    /// <summary>Share of base answers that are all that was asked for: style, animal, finished, readable.</summary>
    public required double PreferredShareBefore { get; init; }

    /// <summary>The same of tuned answers.</summary>
    public required double PreferredShareAfter { get; init; }

    /// <summary>
    /// Share of held-out pairs in which the chosen answer scores higher: by the reward model, or by the implicit reward of DPO.
    /// </summary>
    public required double? RewardAccuracy { get; init; }

    /// <summary>Wall-clock time of the whole run.</summary>
    public required double SecondsTotal { get; init; }

    /// <summary>Wall-clock time of each phase.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>Highest resident memory of the process, MB (10^6 bytes).</summary>
    public required double PeakMegabytes { get; init; }

    /// <summary>Everything random follows from it.</summary>
    public required long Seed { get; init; }
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(Summary))]
internal sealed partial class SummaryJson : JsonSerializerContext;
