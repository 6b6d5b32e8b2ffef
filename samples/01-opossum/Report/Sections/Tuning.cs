namespace Opossum.Report.Sections;

/// <summary>The curves of the tuning, and how to read them.</summary>
internal static class Tuning
{
    public static string Render(RunResult run, IReadOnlyDictionary<string, PlotImage> plots) => $"""
        <h2 id="tuning"><span class="step">4</span>How the model was tuned</h2>
        {(run.Settings.Method == "ppo" ? Ppo(run) : Dpo())}
        {(run.Settings.Rounds > 1 ? "<p>Dotted lines mark a new round: new answers, new judgements, a new reward model, and tuning from where the last round ended.</p>" : "")}
        {Html.Figures(plots, "reward", "preference-loss", "kl", "pair-accuracy", "kl-coefficient", "entropy", "length", "value-loss")}
        """;

    private static string Ppo(RunResult run)
    {
        var controller = run.Settings.KlOn
            ? """
              <p><b>The brake.</b> Every token that the frozen copy would not have written costs a little of the score. How much is set by a controller: it knows how far the model may move
              (the dashed line) and raises the price when the model is further away. Without it the model would find out what the reward model likes best, which is not what people like best.</p>
              """
            : "<p><b>The brake is off.</b> In this run nothing holds the model near its original. The first section shows what comes of it.</p>";
        return $"""
            <p>The model writes an answer to each of a batch of questions, the reward model gives it a number, and PPO makes the words of good answers a little more likely and those of bad
            ones a little less. A value head learns what score to expect, so that only surprises count. {Html.Of(run.Tuning.Count, "iteration")} of that are shown here.</p>
            {controller}
            """;
    }

    private static string Dpo() => """
        <p>For each pair that people decided, DPO makes the chosen answer more likely and the rejected one less, both measured against the frozen copy of the original model. A pair that is ordered well already
        pushes little. The frozen copy is part of the loss itself, so there is no controller: the parameter beta says how much moving away costs.</p>
        """;
}
