using Opossum.Report.Sections;

namespace Opossum.Report;

/// <summary>The report of a run: one file that needs no other.</summary>
internal static class HtmlReport
{
    private const string Style = "Opossum.Report.report.css";

    /// <summary>The page as text.</summary>
    public static string Render(RunResult run, IReadOnlyDictionary<string, PlotImage> plots)
    {
        string[] sections =
        [
            Opening.Render(run),
            run.Settings.KlOn ? "" : Collapse.Render(run, plots),
            Asked.Render(run, plots),
            People.Render(run, plots),
            Reward.Render(run, plots),
            Tuning.Render(run, plots),
            BeforeAndAfter.Render(run, plots),
            Outcome.Render(run),
            Limits.Render(run),
            Reproduction.Render(run),
        ];
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>What is an opossum? {Html.Escape(run.Settings.Wanted)}, seed {run.Summary.Seed}</title>
            <style>
            {Css()}
            </style>
            </head>
            <body>
            <main>
            {string.Join("\n", sections.Where(section => section.Length > 0))}
            <footer>Written by samples/01-opossum. The page loads nothing from anywhere; the pictures are also in the folder <code>plots</code> beside it.</footer>
            </main>
            </body>
            </html>

            """.ReplaceLineEndings("\n");
    }

    private static string Css()
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream(Style)
            ?? throw new InvalidOperationException($"The resource {Style} is not in the assembly; it is embedded by the project file.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
