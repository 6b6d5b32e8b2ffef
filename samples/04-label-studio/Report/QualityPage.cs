using LabelStudioSample.Steps;
using Opossum.Report;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Quality;
using PreferenceTuning.Feedback.Statistics;

namespace LabelStudioSample.Report;

/// <summary>The quality report as one file that needs no other.</summary>
internal static class QualityPage
{
    private const string Style = "Opossum.Report.report.css";
    private const int MostItems = 15;
    private const int Excerpt = 160;

    /// <summary>The page as text.</summary>
    public static string Render(JudgementSource source, QualityReport report, IReadOnlyDictionary<string, PlotImage> plots) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>How good are the judgements? {Html.Escape(source.Input.Name)}</title>
        <style>
        {Css()}
        </style>
        </head>
        <body>
        <main>
        <h1>How good are the judgements?</h1>
        <p class="lead">{Html.Of(report.Judgements, "answer")} of {Html.Of(report.Annotators.Count, "annotator")} to {Html.Of(report.Items.Count, "item")} on
        {Html.Of(report.Prompts, "prompt")}, and {Html.Of(report.Skipped, "skipped one")}, read from <code>{Html.Escape(source.Input.Name)}</code>.</p>
        <div class="tiles">
        {Html.Tile(Value(report.Alpha), "Krippendorff's alpha: agreement beyond chance; 0 would be dice, 1 perfect, 0.8 is called reliable")}
        {Html.Tile(Share(report.PercentAgreement), "of the pairs of answers to one item agree")}
        {Html.Tile(Share(report.Speed.TooFast), "of the timed judgements were made faster than anyone reads")}
        {Html.Tile(Share(report.GoldAccuracy), "of the answers to items with a known answer are right")}
        </div>
        <h2 id="findings">What was found</h2>
        {string.Join("\n", report.Findings.Select(Finding))}
        <p class="soft">Nothing was left out for any of this. Leaving somebody out is a decision of its own, with a reason, which <code>pairs --drop</code> writes into the dataset card.</p>
        <h2 id="agreement">Agreement</h2>
        {Html.Figures(plots, "agreement-items", "agreement-annotators")}
        <h2 id="speed">Speed</h2>
        {Html.Figures(plots, "speed-agreement", "speed-gold")}
        <h2 id="position">Position and strengths</h2>
        {Html.Figures(plots, "position", "strengths")}
        {Undrawn(report)}
        <h2 id="people">Annotators</h2>
        {People(report)}
        {Disputed(source, report)}
        {Repeated(report)}
        {Reading(source)}
        <footer>Source: <code>{Html.Escape(source.Input.Name)}</code>, SHA-256 <code>{source.Input.Sha256}</code>. Written by samples/04-label-studio; the page loads nothing from anywhere.</footer>
        </main>
        </body>
        </html>

        """.ReplaceLineEndings("\n");

    private static string Finding(QualityFinding finding) => $"""
        <div class="card{(finding.Severity == FindingSeverity.Note ? "" : " notice")}"><b class="{(finding.Severity == FindingSeverity.Problem ? "no" : "")}">{finding.Severity}.</b>
        {Html.Escape(finding.Sentence)}</div>
        """;

    private static string Undrawn(QualityReport report) => report.Strengths is null
        ? "<p class=\"soft\">No strengths: the judgements do not say which of several models wrote what.</p>"
        : report.Strengths.UndefinedReason is { } reason ? $"<p class=\"soft\">No strengths: {Html.Escape(reason)}.</p>" : "";

    private static string People(QualityReport report)
    {
        var rows = report.Annotators.Select(one => $"""
            <tr><td>{Html.Escape(one.Name)}</td><td class="n">{Html.Count(one.Judgements)}</td><td class="n">{Html.Count(one.Skipped)}</td>
            {Cell(Share(one.Agreement), one.Agreement)}{Cell(Share(one.ModelAccuracy), one.ModelAccuracy)}
            {Cell(one.Gold.Asked == 0 ? "–" : $"{one.Gold.Correct} of {one.Gold.Asked}", one.Gold.Accuracy)}{Cell(Value(one.MedianSeconds, 1), one.MedianSeconds)}
            {Cell(Value(one.WordsPerMinute, 0), one.WordsPerMinute)}{Cell(Share(one.TooFast), one.TooFast)}{Cell(Share(one.Position.FirstShare), one.Position.FirstShare)}
            <td class="n">{one.Runs.LongestRun}</td></tr>
            """);
        return $"""
            <div class="wide"><table>
            <caption>"Model" is the accuracy that the model of Dawid and Skene sees, which asks nobody but the other annotators. A dash means that there is nothing to count; why is said on pointing at it.</caption>
            <tr><th>annotator</th><th class="n">answers</th><th class="n">skipped</th><th class="n">agree</th><th class="n">model</th><th class="n">gold</th><th class="n">seconds</th>
            <th class="n">words/min</th><th class="n">too fast</th><th class="n">first shown</th><th class="n">longest run</th></tr>
            {string.Join("\n", rows)}
            </table></div>
            """;
    }

    private static string Cell(string text, Statistic statistic) => statistic.IsDefined
        ? $"<td class=\"n\">{text}</td>"
        : $"<td class=\"n\" title=\"{Html.Escape(statistic.UndefinedReason)}\">{text}</td>";

    private static string Disputed(JudgementSource source, QualityReport report)
    {
        var items = report.Items.Where(item => item.Agreement is { IsDefined: true, Value: < 1 })
            .OrderBy(item => item.Agreement.Required).ToList();
        if (items.Count == 0)
            return "";
        var known = source.Judgements.DistinctBy(judgement => judgement.ItemKey)
            .ToDictionary(judgement => judgement.ItemKey, StringComparer.Ordinal);
        var rows = items.Take(MostItems).Select(item => $"""
            <tr><td>{Html.Escape(item.Item)}</td><td>{Text(known, item.Item)}</td><td class="n">{item.Answers}</td><td class="n">{Share(item.Agreement)}</td>
            <td>{Html.Escape(item.Majority ?? "none")}</td></tr>
            """);
        return $"""
            <h2 id="items">Where people disagree</h2>
            <p>{Html.Of(items.Count, "item")} of {Html.Count(report.Items.Count)} had answers that differ{(items.Count > MostItems ? $"; the {MostItems} with the least agreement are shown" : "")}.
            Read them before blaming anybody: two answers may be equally good, or the instructions may say nothing about the case.</p>
            <div class="wide"><table>
            <tr><th>item</th><th>prompt and candidates</th><th class="n">answers</th><th class="n">agree</th><th>majority</th></tr>
            {string.Join("\n", rows)}
            </table></div>
            """;
    }

    private static string Repeated(QualityReport report)
    {
        if (report.RepeatedTexts.Count == 0)
            return "";
        var rows = report.RepeatedTexts.OrderByDescending(one => one.Similarity).Take(MostItems).Select(one => $"""
            <tr><td>{Kind(one.Kind)}</td><td>{Html.Escape(string.Join(", ", one.Items.Take(5)))}{(one.Items.Count > 5 ? $" and {Html.Count(one.Items.Count - 5)} more" : "")}</td>
            <td class="n">{Html.Percent(one.Similarity)}</td><td>{string.Join("<br>", one.Excerpts.Select(Html.Escape))}</td></tr>
            """);
        return $"""
            <h2 id="repeated">What is there more than once</h2>
            <p>{Html.Of(report.RepeatedTexts.Count, "group")} of prompts, candidates or items with the same or nearly the same words{(report.RepeatedTexts.Count > MostItems ? $"; the {MostItems} that are most alike are shown" : "")}.</p>
            <div class="wide"><table>
            <tr><th>what</th><th>items</th><th class="n">shared</th><th>texts</th></tr>
            {string.Join("\n", rows)}
            </table></div>
            """;
    }

    private static string Kind(RepeatedTextKind kind) => kind switch
    {
        RepeatedTextKind.Prompts => "different prompts",
        RepeatedTextKind.WithinItem => "candidates of one item",
        RepeatedTextKind.Items => "items under different names",
        _ => "one answer to different prompts",
    };

    // A pair of a ranking, or one question of several, is called after its item.
    private static string Text(Dictionary<string, Judgement> known, string item)
    {
        var key = item;
        while (!known.ContainsKey(key) && key.LastIndexOf('/') is > 0 and var cut)
            key = key[..cut];
        if (!known.TryGetValue(key, out var judgement))
            return "";
        var candidates = judgement.Candidates.OrderBy(candidate => candidate.Id, StringComparer.Ordinal)
            .Select(candidate => $"<br><span class=\"soft small\">{Html.Escape(candidate.Id)}: {Html.Escape(Cut(candidate.Text))}</span>");
        return Html.Escape(Cut(judgement.Prompt)) + string.Concat(candidates);
    }

    // Not between the halves of one character.
    private static string Cut(Passage passage) => passage.ToPlainText() is { Length: > Excerpt } text
        ? text[..(char.IsHighSurrogate(text[Excerpt - 1]) ? Excerpt - 1 : Excerpt)] + "…"
        : passage.ToPlainText();

    private static string Reading(JudgementSource source) => source.Reading.Report.Notes.Count == 0 ? "" : $"""
        <h2 id="reading">What the file could not say</h2>
        <ul>{string.Concat(source.Reading.Report.Notes.Select(note => $"<li>{Html.Escape(note.Message)} ({Html.Count(note.Count)} times)</li>"))}</ul>
        """;

    private static string Value(Statistic statistic, int decimals = 2) => Html.Number(statistic.Value, decimals);

    private static string Share(Statistic statistic) => Html.Percent(statistic.Value);

    private static string Css()
    {
        using var stream = typeof(QualityPage).Assembly.GetManifestResourceStream(Style)
            ?? throw new InvalidOperationException($"The resource {Style} is not in the assembly; it is embedded by the project file.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
