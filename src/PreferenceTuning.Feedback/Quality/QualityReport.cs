using System.Text;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Quality;

/// <summary>One annotator.</summary>
/// <param name="Name">The annotator.</param>
/// <param name="Judgements">Judgements, skipped ones left out.</param>
/// <param name="Skipped">Skipped ones.</param>
/// <param name="Agreement">Share of equal answers among all pairs with other people's answers to the same items; items are taken as independent.</param>
/// <param name="ModelAccuracy">Accuracy that Dawid and Skene's model expects; undefined without overlap.</param>
/// <param name="Gold">Accuracy on gold items.</param>
/// <param name="MedianSeconds">Median time.</param>
/// <param name="WordsPerMinute">Median reading speed.</param>
/// <param name="TooFast">Share of judgements faster than anyone reads.</param>
/// <param name="Position">Share that chose what stood first.</param>
/// <param name="Runs">Longest run of clicks on one side, or of one answer where sides are not known.</param>
public sealed record AnnotatorQuality(
    string Name, int Judgements, int Skipped, Statistic Agreement, Statistic ModelAccuracy, GoldScore Gold, Statistic MedianSeconds,
    Statistic WordsPerMinute, Statistic TooFast, PositionBiasResult Position, StraightLiningResult Runs);

/// <summary>One item.</summary>
/// <param name="Item">The item.</param>
/// <param name="Answers">Number of answers.</param>
/// <param name="Agreement">Share of agreeing pairs of answers; undefined below two.</param>
/// <param name="Majority">The most frequent label; null without answers or where several are equally frequent.</param>
public sealed record ItemQuality(string Item, int Answers, Statistic Agreement, string? Majority);

/// <summary>Numbers about judgements as a whole, about each annotator and item, and sentences about what is wrong.</summary>
public sealed record QualityReport
{
    /// <summary>Judgements with an answer.</summary>
    public required int Judgements { get; init; }

    /// <summary>Skipped judgements.</summary>
    public required int Skipped { get; init; }

    /// <summary>Number of prompts.</summary>
    public required int Prompts { get; init; }

    /// <summary>Items with answers from at least two people.</summary>
    public required int OverlapItems { get; init; }

    /// <summary>Share of agreeing pairs of answers, without correction for chance.</summary>
    public required Statistic PercentAgreement { get; init; }

    /// <summary>Krippendorff's alpha; the interval leaves out one prompt at a time.</summary>
    public required Statistic Alpha { get; init; }

    /// <summary>Speed of all judgements with a time.</summary>
    public required SpeedResult Speed { get; init; }

    /// <summary>Accuracy on gold items.</summary>
    public required Statistic GoldAccuracy { get; init; }

    /// <summary>Choice by side.</summary>
    public required PositionBiasResult Position { get; init; }

    /// <summary>Pairs judged in both orders.</summary>
    public required SwapConsistencyResult Swap { get; init; }

    /// <summary>Names of the candidates, in the order of <see cref="Strengths"/>.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>Strengths of the candidates with ties by Davidson's model; undefined where there is no comparison or no maximum.</summary>
    public required StrengthResult? Strengths { get; init; }

    /// <summary>The annotators, by name.</summary>
    public required IReadOnlyList<AnnotatorQuality> Annotators { get; init; }

    /// <summary>The items, in the order of appearance.</summary>
    public required IReadOnlyList<ItemQuality> Items { get; init; }

    /// <summary>What was found, worst first.</summary>
    public required IReadOnlyList<QualityFinding> Findings { get; init; }

    /// <summary>Texts that are there more than once; empty where the report was made without them.</summary>
    public IReadOnlyList<RepeatedText> RepeatedTexts { get; init; } = [];

    /// <summary>Makes the report; nothing is dropped.</summary>
    /// <param name="judgements">The judgements.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    public static QualityReport Of(IReadOnlyList<QualityJudgement> judgements, QualityOptions? options = null) =>
        new QualityAnalysis(judgements, (options ?? new()).Checked()).Report();

    /// <summary>
    /// Makes the report of judgements, see <see cref="JudgementMapping"/>; what has no answer to compare, and texts that are nearly the
    /// same, are findings.
    /// </summary>
    /// <param name="judgements">The judgements, skipped and gold ones included.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    public static QualityReport Of(IReadOnlyList<Judgement> judgements, QualityOptions? options = null)
    {
        var mapping = JudgementMapping.Of(judgements);
        var report = Of(mapping.Judgements, options);
        var search = (options ?? new()).Duplicates;
        var repeated = Quality.RepeatedTexts.Find(judgements, search);
        var findings = report.Findings.Concat(RepeatedTextSentences.Of(repeated, search)).OrderByDescending(finding => finding.Severity);
        return report with { RepeatedTexts = repeated, Findings = [.. findings, .. mapping.Report.Notes.Select(QualitySentences.Of)] };
    }

    /// <summary>The findings as text, one paragraph each.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var finding in Findings)
        {
            text.Append(finding.Severity).Append(": ").AppendLine(finding.Sentence);
        }

        return text.ToString();
    }
}
