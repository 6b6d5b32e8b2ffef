using System.Text;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements.Json;

namespace Opossum.Report;

/// <summary>Puts a run's report into its output folder: <c>report.html</c>, <c>summary.json</c>, <c>plots/*.png</c>.</summary>
internal static class ReportWriter
{
    /// <summary>Writes the three and gives back their paths, the page first.</summary>
    public static IReadOnlyList<string> Write(RunResult run, string folder)
    {
        var plots = Plots.Of(run);
        var page = Path.Combine(folder, "report.html");
        var summary = Path.Combine(folder, "summary.json");
        foreach (var (name, plot) in plots)
        {
            AtomicFile.Write(Path.Combine(folder, "plots", name + ".png"), stream => stream.Write(plot.Png));
        }

        // Those of an earlier run by another method would seem to be of this one.
        foreach (var old in Plots.Names.Except(plots.Keys))
        {
            File.Delete(Path.Combine(folder, "plots", old + ".png"));
        }

        AtomicFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(HtmlReport.Render(run, plots))));
        AtomicFile.Write(summary, stream => stream.Write(SummaryBytes(run.Summary)));
        return [page, summary, .. plots.Keys.Select(name => Path.Combine(folder, "plots", name + ".png"))];
    }

    /// <summary>The bytes of <c>summary.json</c>: UTF-8, indented, one line end at the end.</summary>
    public static byte[] SummaryBytes(Summary summary)
    {
        Check(summary);
        return [.. JsonSerializer.SerializeToUtf8Bytes(summary, SummaryJson.Default.Summary), (byte)'\n'];
    }

    // JSON has no way to write NaN, and a summary with one in it means that something went wrong earlier.
    private static void Check(Summary summary)
    {
        foreach (var line in Thresholds.Of(summary))
        {
            if (line.Value is { } value && !double.IsFinite(value))
            {
                throw new InvalidOperationException(
                    $"The summary's {line.Name} is {value}, which is not a number that can be reported; the run before it went wrong.");
            }
        }
    }
}
