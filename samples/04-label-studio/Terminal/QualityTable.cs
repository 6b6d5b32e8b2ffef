using Opossum.Report;
using PreferenceTuning.Feedback.Quality;
using PreferenceTuning.Feedback.Statistics;
using Spectre.Console;

namespace LabelStudioSample.Terminal;

/// <summary>The annotators on the console, in letters that every terminal has.</summary>
internal static class QualityTable
{
    public static void Write(QualityReport report, TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        (console.Profile.Width, console.Profile.Capabilities.Unicode) = (110, false);
        var table = new Table().Border(TableBorder.Ascii).AddColumn("annotator");
        foreach (var name in new[] { "judgements", "skipped", "agree with others", "gold right", "seconds", "words/min", "too fast", "first shown" })
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var one in report.Annotators)
        {
            table.AddRow(
                Markup.Escape(one.Name), Html.Number(one.Judgements, 0), Html.Number(one.Skipped, 0), Share(one.Agreement), Share(one.Gold.Accuracy),
                Number(one.MedianSeconds, 1), Number(one.WordsPerMinute, 0), Share(one.TooFast), Share(one.Position.FirstShare));
        }

        console.Write(table);
    }

    private static string Share(Statistic share) => share.IsDefined ? Html.Percent(share.Value) : "-";

    private static string Number(Statistic number, int decimals) => number.IsDefined ? Html.Number(number.Value, decimals) : "-";
}
