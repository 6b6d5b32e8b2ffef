namespace Opossum.Report.Sections;

/// <summary>The result as a table, with what was promised.</summary>
internal static class Outcome
{
    public static string Render(RunResult run) => $"""
        <h2 id="outcome"><span class="step">6</span>The result in numbers</h2>
        <div class="wide"><table>
        <caption>The same numbers, machine-readable, are in <code>summary.json</code>.</caption>
        <tr><th>number</th><th>meaning</th><th class="n">measured</th><th>promised</th><th></th></tr>
        {string.Join("\n", Thresholds.Of(run.Summary).Select(Row))}
        </table></div>
        <p class="soft">A nat is the unit of distance here: a model that makes one answer e = 2.7 times as likely as before has moved one nat for it. Turning the one answer in five that was already right into every answer
        costs ln 5 = 1.6 nats and no more, if nothing else changes.</p>
        """;

    private static string Row(Threshold line) => $"""
        <tr><td><code>{line.Name}</code></td><td>{Html.Escape(line.Meaning)}</td><td class="n">{(line.Value is null ? "not measured" : Html.Number(line.Value))}</td>
        <td class="k">{Html.Escape(line.Required ?? "")}</td><td>{line.Met switch { true => """<span class="ok">✓ kept</span>""", false => """<span class="no">✗ not kept</span>""", null => "" }}</td></tr>
        """;
}
