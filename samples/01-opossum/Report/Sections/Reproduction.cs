namespace Opossum.Report.Sections;

/// <summary>How to get the same again, and what it cost.</summary>
internal static class Reproduction
{
    public static string Render(RunResult run)
    {
        var phases = run.Summary.Seconds.Select(phase => $"""<tr><td>{Html.Escape(phase.Key)}</td><td class="n">{Html.Number(phase.Value, 1)}</td></tr>""");
        var files = run.Files.Select(file => $"""<tr><td><code>{Html.Escape(file.Key)}</code></td><td class="small hash"><code>{Html.Escape(file.Value)}</code></td></tr>""");
        return $"""
            <h2 id="again"><span class="step">8</span>Do it again</h2>
            <pre>{Html.Escape(run.Settings.CommandLine)}</pre>
            <p>The same seed gives the same numbers, times and memory aside. The run took {Html.Number(run.Summary.SecondsTotal, 0)} seconds and {Html.Number(run.Summary.PeakMegabytes, 0)} MB at its peak.</p>
            <table style="max-width:26rem"><tr><th>phase</th><th class="n">seconds</th></tr>{string.Join("\n", phases)}</table>
            {(run.Files.Count == 0 ? "" : $"""<div class="wide"><table><tr><th>file</th><th>SHA-256</th></tr>{string.Join("\n", files)}</table></div>""")}
            """;
    }
}
