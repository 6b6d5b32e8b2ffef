using Opossum.Annotators;
using PreferenceTuning.Feedback.Statistics;

namespace Opossum.Report.Sections;

/// <summary>Who judged, how well they agree, what they were told and what they are owed.</summary>
internal static class People
{
    // Clicking one item in ten through is beyond what a stray click explains.
    private const double SuspiciousShare = 0.1;

    public static string Render(RunResult run, IReadOnlyDictionary<string, PlotImage> plots)
    {
        var facts = run.Judgements;
        var report = facts.Report;
        return $"""
            <h2 id="people"><span class="step">2</span>What people said</h2>
            <p>{Source(run)} There are {Html.Of(report.Judgements, "judgement")}: {Html.Of(report.Pairs, "choice")} between two answers and
            {Html.Of(report.Rankings, "ranking")} of three or four{Picks(report)}. {Html.Of(report.Ties, "judgement")} called everything equal, {Html.Of(report.Skipped, "item")} {(report.Skipped == 1 ? "was" : "were")} skipped.</p>
            {Table(facts)}
            {Html.Figures(plots, "speed-accuracy")}
            {Warnings(report)}
            {Agreement(report)}
            {Used(facts)}
            {Pay(facts)}
            {Told(facts.Instructions)}
            """;
    }

    private static string Picks(JudgementReport report) => report.Picks == 0
        ? ""
        : $", and {Html.Of(report.Picks, "pick")} of the best of several, which say nothing about the others";

    private static string Source(RunResult run) => run.Settings.JudgementFile is { } file
        ? $"The judgements were read from <code>{Html.Escape(file)}</code>."
        : $"""
          {Html.Of(run.Judgements.Profiles.Count, "simulated annotator")} stand in for people here. Each sees what a careful reader would see, through an individual amount of haste:
          {string.Join("; ", run.Judgements.Profiles.Select(profile => $"<b>{Html.Escape(profile.Id)}</b> {Html.Escape(profile.Description)}"))}.
          """;

    private static string Table(JudgementFacts facts)
    {
        var rows = facts.Report.Annotators.Select(one => $"""
            <tr><td>{Html.Escape(one.Annotator)}</td><td class="n">{Html.Count(one.Items)}</td>
            <td class="n">{(one.Gold.Total == 0 ? "–" : $"{one.Gold.Count} of {one.Gold.Total}")}</td><td class="n">{(one.Gold.Total == 0 ? "–" : Html.Percent(one.Gold.Value))}</td>
            <td class="n">{Html.Number(one.MedianSeconds, 1)}</td><td class="n">{Html.Number(one.WordsPerMinute, 0)}</td><td class="n">{Html.Count(one.Unread)}</td>
            <td class="n">{Html.Percent(one.FirstShown.Value)}</td><td class="n">{Html.Count(one.Ties)}</td><td class="n">{Html.Count(one.Skipped)}</td></tr>
            """);
        return $"""
            <div class="wide"><table>
            <caption>Gold questions have an answer that is known. "Unread" counts items done faster than {JudgementReport.ReadableWordsPerMinute:0} words a minute.
            "First shown" should be near 50 %: the order on the screen is random.</caption>
            <tr><th>annotator</th><th class="n">items</th><th class="n">gold</th><th class="n">right</th><th class="n">seconds</th><th class="n">words/min</th>
            <th class="n">unread</th><th class="n">first shown</th><th class="n">ties</th><th class="n">skips</th></tr>
            {string.Join("\n", rows)}
            </table></div>
            """;
    }

    private static string Warnings(JudgementReport report)
    {
        var hasty = report.Annotators.Where(one => one.Items > 0 && one.Unread > SuspiciousShare * one.Items).ToList();
        return hasty.Count == 0
            ? ""
            : $"""
              <div class="card notice">{string.Join(" ", hasty.Select(one =>
                  $"<b>{Html.Escape(one.Annotator)}</b> answered {Html.Percent(one.Unread / (double)one.Items)} of the items faster than anybody reads."))}
              Nothing was dropped for that: the reward model has to live with it, and the held-out accuracy below includes it. With people, ask first whether the pay or the
              interface pushes them to hurry.</div>
              """;
    }

    private static string Agreement(JudgementReport report)
    {
        if (report.Agreement.Total == 0)
        {
            return "<p><b>Agreement</b> could not be measured: no two annotators judged the same answers.</p>";
        }

        var alpha = report.Alpha.IsDefined
            ? $"Corrected for chance (Krippendorff's alpha) that is <b>{Html.Number(report.Alpha.Value)}</b>{Interval(report.Alpha)}; 0 would be dice, 1 perfect."
            : $"There is no chance-corrected figure: {Html.Escape(report.Alpha.UndefinedReason)}.";
        return $"""
            <p><b>Agreement.</b> {Html.Of(report.SharedItems, "item")} went to more than one annotator. Two of them said the same about a pair of answers
            in {Html.Percent(report.Agreement.Value)} of {Html.Count(report.Agreement.Total)} cases. {alpha} Where two answers are equally good, one calls a tie and another picks: that counts as disagreement, too.</p>
            """;
    }

    private static string Interval(Statistic statistic) =>
        statistic is { Low: { } low, High: { } high } ? $" (95 % interval {Html.Number(low)} to {Html.Number(high)})" : "";

    private static string Used(JudgementFacts facts) => $"""
        <p><b>What was used.</b> {Html.Of(facts.UsedForTraining, "judgement")} for training, {Html.Count(facts.HeldOut)} held out, split by question so that none is on both sides.
        {(facts.Dropped.Count == 0 ? "Nothing was dropped." : "Left out: " + Html.Escape(string.Join(", ", facts.Dropped)) + ".")}</p>
        {(facts.Notes.Count == 0 ? "" : $"<p><b>What its reader says of the file.</b> {Html.Escape(string.Join("; ", facts.Notes))}.</p>")}
        """;

    private static string Pay(JudgementFacts facts)
    {
        var hours = facts.Report.Annotators.Sum(one => one.Hours);
        if (hours == 0)
        {
            return "<p><b>Time and pay</b> are not known: no working times were recorded.</p>";
        }

        var counted = $"The work took {Html.Number(hours, 1)} hours, {Html.Number(3600 * hours / Math.Max(1, facts.Report.Judgements), 0)} seconds for a judgement.";
        return facts.HourlyPay is { } pay
            ? $"<p><b>Time and pay.</b> {counted} At {Html.Number(pay)} EUR an hour, people would be owed {Html.Number(hours * pay, 0)} EUR, {Html.Number(hours * pay / Math.Max(1, facts.Report.Judgements))} EUR for a judgement. Paid by the hour, the careful annotator earns no less than the fast one.</p>"
            : $"<p><b>Time and pay.</b> {counted} What was paid is not known.</p>";
    }

    private static string Told(Instructions? instructions) => instructions is null
        ? "<p><b>Instructions</b> to the annotators are not known.</p>"
        : $"<details><summary>What the annotators were told (version {Html.Escape(instructions.Version)})</summary>{Markdown.ToHtml(instructions.Text)}<p class=\"small soft\">SHA-256 {instructions.Sha256}</p></details>";
}
