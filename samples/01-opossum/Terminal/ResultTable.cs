using Opossum.Report;
using Spectre.Console;

namespace Opossum.Terminal;

/// <summary>What a run ends with on the console: the question before and after, and the result against what was promised.</summary>
internal static class ResultTable
{
    private const int PlainWidth = 110;

    /// <summary>Writes it; without colours and with plain lines where the output is not a terminal.</summary>
    public static void Write(RunResult run, string reportPath, TextWriter output, bool live)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = live ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = live ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        if (!live)
        {
            console.Profile.Width = PlainWidth;
            console.Profile.Capabilities.Unicode = false;
        }

        console.WriteLine();
        console.Write(Answers(run, live));
        console.Write(Numbers(run, live));
        console.MarkupLineInterpolated($"Report: {reportPath}");
    }

    private static Table Answers(RunResult run, bool live)
    {
        var table = New(live).AddColumn("question").AddColumn("before").AddColumn("after");
        foreach (var sample in run.Samples.Take(4))
        {
            table.AddRow(Markup.Escape(sample.Prompt), Markup.Escape(sample.Before), $"[bold]{Markup.Escape(sample.After)}[/]");
        }

        return table;
    }

    private static Table Numbers(RunResult run, bool live)
    {
        var (summary, promises) = (run.Summary, Thresholds.Of(run.Summary).ToDictionary(line => line.Name, StringComparer.Ordinal));
        var table = New(live).AddColumn("").AddColumn(Right("before")).AddColumn(Right("after")).AddColumn("promised");
        table.AddRow(
            "wins against the original model", Html.Percent(summary.BaseRate), Html.Percent(summary.WinRate),
            Promise(promises["winRateLow"], $"(low end {Html.Number(summary.WinRateLow)})"));
        table.AddRow(
            "answers that are all that was asked for", Html.Percent(summary.PreferredShareBefore), Html.Percent(summary.PreferredShareAfter), "");
        table.AddRow("variety of word pairs", Html.Percent(1), Html.Percent(summary.Distinct2Ratio), Promise(promises["distinct2Ratio"]));
        table.AddRow(
            "distance from the original, nats per answer", Html.Number(0), Html.Number(summary.KlPerResponse), Promise(
                promises["klPerResponse"]));
        table.AddRow(
            "perplexity on text of the preferred style", Html.Number(1), Html.Number(summary.PerplexityRatio), Promise(
                promises["perplexityRatio"]));
        table.AddRow("held-out pairs ordered as people did", "", Html.Percent(summary.RewardAccuracy), "");
        return table;
    }

    private static string Promise(Threshold line, string measured = "")
    {
        var required = Markup.Escape((line.Required ?? "").Replace("±", "+-", StringComparison.Ordinal));
        if (line.Met is not { } met)
        {
            return line.Value is null ? "" : required;
        }

        return $"{required} {(met ? "[green]kept[/]" : "[red]NOT KEPT[/]")} {Markup.Escape(measured)}".TrimEnd();
    }

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();

    private static Table New(bool live) => new Table().Border(live ? TableBorder.Rounded : TableBorder.Ascii);
}
