using PreferenceTuning.Feedback.Quality;

namespace PreferenceTuning.Feedback.Pipelines;

/// <summary>A quality report as files for DVC.</summary>
public static class QualityMetrics
{
    private static readonly string[] Columns =
        ["annotator", "judgements", "agreement", "agreement_low", "agreement_high", "gold_accuracy", "words_per_minute", "too_fast", "first_chosen"];

    /// <summary>The report's numbers by name; what is undefined has no value.</summary>
    public static IReadOnlyList<(string Name, double? Value)> Of(QualityReport report) =>
    [
        ("judgements", report.Judgements), ("skipped", report.Skipped), ("prompts", report.Prompts), ("items", report.Items.Count),
        ("annotators", report.Annotators.Count),
        ("alpha.value", report.Alpha.Value), ("alpha.low", report.Alpha.Low), ("alpha.high", report.Alpha.High),
        ("percent_agreement", report.PercentAgreement.Value), ("gold_accuracy", report.GoldAccuracy.Value),
        ("speed.too_fast", report.Speed.TooFast.Value), ("speed.median_seconds", report.Speed.MedianSeconds.Value),
        ("first_chosen", report.Position.FirstShare.Value),
        ("findings.problems", report.Findings.Count(finding => finding.Severity == FindingSeverity.Problem)),
        ("findings.warnings", report.Findings.Count(finding => finding.Severity == FindingSeverity.Warning)),
    ];

    /// <summary>Writes <c>quality.json</c> (metrics) and <c>annotators.csv</c> (a plot's points) into a folder.</summary>
    public static void Write(string folder, QualityReport report)
    {
        DvcFiles.WriteMetrics(Path.Combine(folder, "quality.json"), Of(report));
        DvcFiles.WritePlot(Path.Combine(folder, "annotators.csv"), Columns, report.Annotators.Select(Row));
    }

    private static object?[] Row(AnnotatorQuality one) =>
    [
        one.Name, one.Judgements, one.Agreement.Value, one.Agreement.Low, one.Agreement.High, one.Gold.Accuracy.Value, one.WordsPerMinute.Value,
        one.TooFast.Value, one.Position.FirstShare.Value,
    ];
}
