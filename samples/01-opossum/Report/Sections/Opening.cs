namespace Opossum.Report.Sections;

/// <summary>The first screen: one question, two answers, four numbers, and the picture of the loop.</summary>
internal static class Opening
{
    public static string Render(RunResult run) => $"""
        <h1>{Html.Escape(Title(run))}</h1>
        <p class="lead">{Lead(run)} This page shows how that preference got into the model, what it cost, and how far to trust it.</p>
        {Banner(run)}
        {Versus(run.Samples.Count > 0 ? run.Samples[0] : null)}
        <div class="tiles">
        {Html.Tile(Html.Percent(run.Summary.WinRate), $"of comparisons won against the original model (95 % interval {Html.Percent(run.Summary.WinRateLow)} to {Html.Percent(run.Summary.WinRateHigh)}); a coin wins 50 %")}
        {Html.Tile($"{Html.Percent(run.Summary.PreferredShareBefore)} → {Html.Percent(run.Summary.PreferredShareAfter)}", "of the answers are all that was asked for, before and after")}
        {Html.Tile(Html.Percent(run.Summary.Distinct2Ratio), "of the original variety of word pairs is left")}
        {Html.Tile(Html.Number(run.Summary.KlPerResponse, 1) + " nats", "moved away from the original model, per answer")}
        </div>
        {Verdict(run)}
        {Loop(run)}
        """;

    // Nobody knows what the people behind a file prefer: that is what the reward model is to find out.
    private static string Lead(RunResult run) => run.Settings.JudgementFile is null
        ? $"""
          A small language model was asked, and {Html.Of(run.Judgements.Profiles.Count, "simulated annotator")} said which of its answers is better.
          They prefer <b>{Html.Escape(run.Settings.Wanted)}</b>.
          """
        : $"""
          A small language model was tuned to what the judgements in a file prefer. The comparisons of this page are not made by these people: they count
          <b>{Html.Escape(run.Settings.Compared)}</b>, the simulated preference, so they say what the file did to that and not whether its people would be pleased.
          """;

    private static string Title(RunResult run) =>
        run.Samples.Count > 0 && run.Settings.Model is null ? run.Samples[0].Prompt : "A model, tuned to a preference";

    private static string Banner(RunResult run)
    {
        List<string> banners = [];
        if (run.Settings.Preview)
        {
            banners.Add("<b>Preview.</b> No model was trained for this page. The texts come from the grammar and the curves are invented, to look at the layout.");
        }

        if (run.Settings.Short)
        {
            banners.Add("<b>Short setting.</b> This run was cut down to check that everything works. Its numbers mean little.");
        }

        return string.Join("\n", banners.Select(text => $"""<div class="card notice">{text}</div>"""));
    }

    internal static string Versus(SamplePair? sample) => sample is null
        ? ""
        : $"""
        <div class="versus">
        <div class="bubble before"><div class="who">before</div><q>{Html.Escape(sample.Before)}</q></div>
        <div class="bubble after"><div class="who">after</div><q>{Html.Escape(sample.After)}</q></div>
        </div>
        """;

    private static string Verdict(RunResult run)
    {
        var promises = Thresholds.Of(run.Summary).Where(line => line.Met is not null).ToList();
        var broken = promises.Where(line => line.Met == false).Select(line => line.Name).ToList();
        return broken.Count == 0
            ? $"""<p><span class="ok">✓ All {promises.Count} promises that this run can check are kept.</span> The <a href="#outcome">table</a> below has the numbers.</p>"""
            : $"""<p><span class="no">✗ Not kept: {Html.Escape(string.Join(", ", broken))}.</span> {(run.Settings.KlOn ? "The" : "With the KL penalty off that is expected. The")} <a href="#outcome">table</a> below has the numbers.</p>""";
    }

    private static string Loop(RunResult run)
    {
        var ppo = run.Settings.Method == "ppo";
        string[] boxes = ppo
            ?
            [
                Box(0, "Questions", "and a base model"), Box(1, "Answers", "two to four each"), Box(2, "People", "say which is better"),
                Box(3, "Reward model", "learns their taste"), Box(4, "Tuning", "towards high scores"),
            ]
            :
            [
                Box(0, "Questions", "and a base model"), Box(1, "Answers", "two to four each"), Box(2, "People", "say which is better"),
                Box(3, "Tuning", "towards what they chose"), Box(4, "Tuned model", "asked again"),
            ];
        var frozen = ppo ? 4 : 3;
        return $"""
            <svg class="loop" viewBox="0 0 926 142" role="img" aria-label="Questions go to a model, people compare its answers, a preference is learned, and the model is tuned while a frozen copy holds it back.">
            <defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="#6a7280"/></marker></defs>
            {string.Join("\n", boxes)}
            {string.Join("\n", Enumerable.Range(0, 4).Select(index => $"""<line x1="{(index * 190) + 164}" y1="45" x2="{(index * 190) + 186}" y2="45" stroke="#6a7280" stroke-width="1.5" marker-end="url(#tip)"/>"""))}
            <path d="M {(frozen * 190) + 82} 75 V 118 H 272 V 80" fill="none" stroke="#d9622b" stroke-width="1.5" stroke-dasharray="5 4" marker-end="url(#tip)"/>
            <text x="{(272 + (frozen * 190) + 82) / 2}" y="137" text-anchor="middle" class="sub">the tuned model answers; a frozen copy of the original says how far it may go{(run.Settings.KlOn ? "" : " (switched off here)")}</text>
            </svg>
            """;
    }

    private static string Box(int index, string name, string words) => $"""
        <rect x="{(index * 190) + 2}" y="12" width="160" height="64" rx="10" fill="#fff" stroke="#e4e0d8" stroke-width="1.5"/>
        <text x="{(index * 190) + 82}" y="40" text-anchor="middle">{Html.Escape(name)}</text>
        <text x="{(index * 190) + 82}" y="60" text-anchor="middle" class="sub">{Html.Escape(words)}</text>
        """;
}
