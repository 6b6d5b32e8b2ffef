using System.Globalization;
using System.Text;
using LabelStudioSample.Report;
using LabelStudioSample.Terminal;
using Opossum.Report;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;
using PreferenceTuning.Feedback.Pipelines;
using PreferenceTuning.Feedback.Quality;
using PreferenceTuning.Feedback.Statistics;

namespace LabelStudioSample.Steps;

/// <summary>From judgements to a report on their quality.</summary>
internal static class ReportStep
{
    /// <summary>
    /// Prints the findings and a table, and writes <c>quality.html</c>; for pipelines <c>quality.json</c> and <c>annotators.csv</c>.
    /// </summary>
    public static async Task RunAsync(ReportOptions options, TextWriter output, CancellationToken cancel)
    {
        var source = await SourceStep.ReadAsync(options.Source, cancel).ConfigureAwait(false);
        var report = QualityReport.Of(source.Judgements, Measured(options.Level, source.Judgements));
        foreach (var note in source.Reading.Report.Notes)
            output.WriteLine($"Reading: {note.Message} ({note.Count} {(note.Count == 1 ? "time" : "times")})");
        if (source.Hint is not null)
            output.WriteLine($"Hint: {source.Hint}");
        output.Write(report.ToText());
        QualityTable.Write(report, output);
        var page = Path.Combine(options.Output, "quality.html");
        AtomicFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(QualityPage.Render(source, report, QualityPlots.Of(report)))));
        QualityMetrics.Write(options.Output, report);
        output.WriteLine($"Report: {page}");
    }

    private static QualityOptions Measured(MeasurementLevel level, IReadOnlyList<Judgement> judgements)
    {
        if (level == MeasurementLevel.Nominal)
            return new();
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var label in JudgementMapping.Of(judgements).Judgements.SelectMany(one => new[] { one.Label, one.GoldLabel }).OfType<string>())
        {
            values[label] = double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new ArgumentException($"--level {level.ToString().ToLowerInvariant()} measures numbers, but an answer is '{label}'; leave it out.");
        }

        return new() { MeasurementLevel = level, LabelValues = values };
    }
}
