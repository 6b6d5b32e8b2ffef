namespace Opossum.Report.Sections;

/// <summary>Where the model, the questions and the answers came from.</summary>
internal static class Asked
{
    public static string Render(RunResult run, IReadOnlyDictionary<string, PlotImage> plots)
    {
        var (model, asked) = (run.BaseModel, run.Candidates);
        return $"""
            <h2 id="asked"><span class="step">1</span>What was asked</h2>
            <p>{Origin(run)} It has {Html.Count(model.Parameters)} weights and knows {Html.Count(model.Vocabulary)} tokens ({Html.Escape(model.Description)}).</p>
            <p>{Answers(run)} Another {Html.Count(asked.HeldOutPrompts)} questions were put aside:
            nothing was tuned on them, and every number about the tuned model below comes from them unless it says otherwise.</p>
            {Html.Figures(plots, "base-loss")}
            """;
    }

    private static string Cached(BaseModelFacts model) => (model.FromCache, model.Loss.Count) switch
    {
        (false, _) => "",
        (true, 0) => " It was trained in an earlier run and read from the cache, which has kept no losses, so there is no picture of its training.",
        (true, _) => " It was trained in an earlier run and read from the cache, with the losses of its training.",
    };

    private static string Answers(RunResult run)
    {
        var asked = run.Candidates;
        var manner = $"at temperature {Html.Number(asked.Temperature, 1)} and up to {Html.Count(asked.MaxTokens)} tokens long";
        return run.Settings.JudgementFile is null
            ? $"It was asked {Html.Count(asked.TuningPrompts)} questions and wrote {Html.Count(asked.Answers)} answers to them{(run.Settings.Rounds > 1 ? $" in {run.Settings.Rounds} rounds" : "")} that were judged, {manner}.{(run.Settings.Model is null ? "" : " More were drawn: a choice was put together only where texts with and without the trait came out, and they took turns in it.")}"
            : $"The {Html.Count(asked.Answers)} answers that were compared come from a file and are not shown here. In tuning the model was asked {Html.Count(asked.TuningPrompts)} questions of this sample, and answered {manner}.";
    }

    private static string Origin(RunResult run) => run.Settings.Model is { } folder
        ? $"The model is a pretrained one that was not made here (<code>{Html.Escape(folder)}</code>)."
        : $"""
          The model was trained from nothing on {Html.Count(run.BaseModel.Documents)} short texts about animals that a seeded grammar wrote: four parts biology homework, one part memes.
          Nothing in a question tells which of the two its answer will be.{Cached(run.BaseModel)}
          """;
}
