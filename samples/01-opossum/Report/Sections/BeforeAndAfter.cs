namespace Opossum.Report.Sections;

/// <summary>Answers of both models side by side, good and bad ones.</summary>
internal static class BeforeAndAfter
{
    public static string Render(RunResult run, IReadOnlyDictionary<string, PlotImage> plots) => $"""
        <h2 id="samples"><span class="step">5</span>Before and after</h2>
        <p>Each question once to the original and once to the tuned model, the first answer of each, not the best. The numbers say what the answer is worth to a careful reader (0 to 5).
        <span class="mark">new question</span> marks questions that nothing was tuned on.</p>
        <div class="wide"><table>
        <tr><th style="width:22%">question</th><th>before</th><th class="n">worth</th><th>after</th><th class="n">worth</th></tr>
        {string.Join("\n", run.Samples.Select(Row))}
        </table></div>
        {Html.Figures(plots, "utilities", "scores")}
        """;

    private static string Row(SamplePair sample) => $"""
        <tr><td>{Html.Escape(sample.Prompt)}{(sample.HeldOut ? """ <span class="mark">new question</span>""" : "")}</td>
        <td>{Html.Escape(sample.Before)}</td><td class="n soft">{Html.Number(sample.UtilityBefore, 1)}</td>
        <td>{Html.Escape(sample.After)}</td><td class="n soft">{Html.Number(sample.UtilityAfter, 1)}</td></tr>
        """;
}
