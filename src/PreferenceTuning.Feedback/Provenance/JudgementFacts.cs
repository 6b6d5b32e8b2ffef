using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Provenance;

/// <summary>What can be counted in judgements themselves.</summary>
public sealed record JudgementFacts
{
    /// <summary>Judgements, skipped and gold ones included.</summary>
    public required int Judgements { get; init; }

    /// <summary>Different items.</summary>
    public required int Items { get; init; }

    /// <summary>Different prompts.</summary>
    public required int Prompts { get; init; }

    /// <summary>Different annotators that are named; judgements without a name add none.</summary>
    public required int Annotators { get; init; }

    /// <summary>Judgements that do not say who made them, gold ones not counted.</summary>
    public int Unnamed { get; init; }

    /// <summary>Judgements by a model.</summary>
    public required int ByModels { get; init; }

    /// <summary>Skipped judgements.</summary>
    public required int Skipped { get; init; }

    /// <summary>Gold judgements.</summary>
    public required int Gold { get; init; }

    /// <summary>Judgements of equal quality.</summary>
    public required int Ties { get; init; }

    /// <summary>The fewest judgements that an item has, skipped and gold ones not counted.</summary>
    public required int FewestPerItem { get; init; }

    /// <summary>The most judgements that an item has, skipped and gold ones not counted.</summary>
    public required int MostPerItem { get; init; }

    /// <summary>Median working time, seconds, or null where no judgement has one above 0, which nobody measured.</summary>
    public double? MedianSeconds { get; init; }

    /// <summary>Working time of all judgements that have one, hours.</summary>
    public required double Hours { get; init; }

    /// <summary>The first judgement's time, or null.</summary>
    public DateTimeOffset? First { get; init; }

    /// <summary>The last judgement's time, or null.</summary>
    public DateTimeOffset? Last { get; init; }

    /// <summary>The kinds of question, most frequent first.</summary>
    public required IReadOnlyList<JudgementKind> Kinds { get; init; }

    /// <summary>The models that wrote candidates, with their settings, in the order of first appearance.</summary>
    public required IReadOnlyList<GenerationSource> Models { get; init; }

    /// <summary>The versions of the instructions that were in force.</summary>
    public required IReadOnlyList<string> InstructionVersions { get; init; }

    /// <summary>Counts.</summary>
    public static JudgementFacts Count(IReadOnlyCollection<Judgement> judgements)
    {
        var perItem = judgements.Where(judgement => !judgement.Skipped && !judgement.Gold)
            .GroupBy(judgement => judgement.ItemKey, StringComparer.Ordinal).Select(group => group.Count()).ToList();
        var seconds = judgements.Select(judgement => judgement.Seconds).OfType<double>().Where(time => time > 0).Order().ToList();
        var times = judgements.Select(judgement => judgement.CreatedAt).OfType<DateTimeOffset>().ToList();
        return new JudgementFacts
        {
            Judgements = judgements.Count,
            Items = judgements.Select(judgement => judgement.ItemKey).Distinct(StringComparer.Ordinal).Count(),
            Prompts = judgements.Select(judgement => judgement.PromptKey).Distinct(StringComparer.Ordinal).Count(),
            Annotators = judgements.Select(judgement => judgement.Annotator).OfType<string>().Distinct(StringComparer.Ordinal).Count(),
            Unnamed = judgements.Count(judgement => judgement is { Annotator: null, Gold: false }),
            ByModels = judgements.Count(judgement => judgement.AnnotatorKind == AnnotatorKind.Model),
            Skipped = judgements.Count(judgement => judgement.Skipped),
            Gold = judgements.Count(judgement => judgement.Gold),
            Ties = judgements.Count(judgement => judgement.IsTie),
            FewestPerItem = perItem.Count == 0 ? 0 : perItem.Min(),
            MostPerItem = perItem.Count == 0 ? 0 : perItem.Max(),
            MedianSeconds = Median(seconds),
            Hours = seconds.Sum() / 3600,
            First = times.Count == 0 ? null : times.Min(),
            Last = times.Count == 0 ? null : times.Max(),
            Kinds = [.. judgements.GroupBy(judgement => judgement.Kind).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).Select(group => group.Key)],
            Models = [.. judgements.SelectMany(judgement => judgement.Candidates).Where(candidate => candidate.Model is not null)
                .Select(candidate => new GenerationSource(candidate.Model!, candidate.Sampling is { } sampling ? sampling with { Seed = null } : null)).Distinct()],
            InstructionVersions =
                [.. judgements.Select(judgement => judgement.InstructionVersion).OfType<string>().Distinct(StringComparer.Ordinal)],
        };
    }

    private static double? Median(List<double> sorted) => sorted.Count == 0
        ? null
        : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
}
