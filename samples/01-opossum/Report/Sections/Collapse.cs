namespace Opossum.Report.Sections;

/// <summary>Why there is a frozen copy: shown where it was switched off.</summary>
internal static class Collapse
{
    public static string Render(RunResult run, IReadOnlyDictionary<string, PlotImage> plots) => $"""
        <h2 id="collapse">What happens without the frozen copy</h2>
        <p>This run was made with <code>--kl off</code>: moving away from the original model cost nothing. Read it as an experiment, not as a result.</p>
        {Contradiction(run)}
        {(run.Summary.WinRate < 0.5 ? "" : "<p><b>This run has not collapsed</b> in the iterations that it was given: its answers are still preferred to the original ones. Look at how far it has moved, and whether that still grows.</p>")}
        <p>The reward model has only ever seen answers that the original model writes. There it is a fair stand-in for people. Somewhere far away from them it is not: it gives high numbers to texts that nobody
        was ever asked about. PPO looks for high numbers and for nothing else, so sooner or later it goes where the stand-in is wrong. That is called reward hacking, and it looks like success on the curve that is being optimised.</p>
        {Html.Figures(plots, "scores", "utilities", "kl", "length", "entropy")}
        {Worst(run)}
        <p><b>That is why there is a frozen copy.</b> The KL penalty keeps the tuned model where the reward model was trained, and where its numbers still mean what people said. The adaptive controller turns "how far" into a number that one
        can set in advance. Run the same command without <code>--kl off</code> and compare.</p>
        """;

    private static string Contradiction(RunResult run)
    {
        var worth = $"What the answers are worth to a careful reader went from {Mean(run.Utilities.Before)} to {Mean(run.Utilities.After)} (of 5), and the tuned model wins {Html.Percent(run.Summary.WinRate)} of the comparisons.";
        return run.Scores is { } scores
            ? $"""<div class="card notice">The score that was optimised went from {Mean(scores.Before)} to {Mean(scores.After)}. {worth} The model is {Html.Number(run.Summary.KlPerResponse, 1)} nats away from where it started, and {Html.Percent(run.Summary.Distinct2Ratio)} of its variety is left.</div>"""
            : $"""<div class="card notice">{worth} The model is {Html.Number(run.Summary.KlPerResponse, 1)} nats away from where it started, and {Html.Percent(run.Summary.Distinct2Ratio)} of its variety is left.</div>""";
    }

    private static string Worst(RunResult run)
    {
        var same = run.Samples.GroupBy(sample => sample.After.Trim(), StringComparer.Ordinal).OrderByDescending(group => group.Count()).FirstOrDefault();
        return same is { } group && group.Count() > 1
            ? $"<p>{group.Count()} of the {run.Samples.Count} questions below now get one and the same answer: <q>{Html.Escape(group.Key)}</q></p>"
            : "";
    }

    private static string Mean(IReadOnlyList<double> values) => values.Count == 0 ? "–" : Html.Number(values.Average());
}
