namespace Opossum.Report.Sections;

/// <summary>How well the judgements were learned.</summary>
internal static class Reward
{
    private const string Heading = """<h2 id="reward"><span class="step">3</span>What was learned from it</h2>""";

    public static string Render(RunResult run, IReadOnlyDictionary<string, PlotImage> plots) => run.Reward is { } reward
        ? $"""
          {Heading}
          <p>A second model, started from the same weights, reads a question and an answer and gives one number: what people would think of it. It was trained on the judgements
          (choices with Bradley-Terry, rankings with Plackett-Luce) and tested on {Html.Of(reward.HeldOut.Pairs, "pair")} from questions it had never seen.</p>
          <div class="tiles">
          {Html.Tile(Html.Percent(reward.HeldOut.Accuracy), "of held-out pairs ordered as people ordered them")}
          {Html.Tile(Html.Number(reward.HeldOut.ExpectedError), "mean distance between how sure it is and how often people agree (0 is best)")}
          {Html.Tile(Html.Number(reward.HeldOut.LogLoss), "loss in nats on held-out pairs; guessing gives 0.69")}
          </div>
          <p>{Certainty(reward)}</p>
          <p class="soft">It cannot reach 100 %: annotators slip, and many pairs are equally good, where the order that somebody gave is chance. Its scores were shifted and scaled so that the original model's
          answers have mean 0 and spread 1 (they had {Html.Number(reward.Mean)} and {Html.Number(reward.Deviation)}), so that the tuning settings do not depend on its units.</p>
          {Html.Figures(plots, "calibration", "reward-loss")}
          """
        : $"""
          {Heading}
          <p>No reward model was trained. The method used here ({Html.Escape(run.Settings.Method.ToUpperInvariant())}) turns the choices into a loss for the model itself. What it thinks of an answer can still be read off: how much
          more likely the answer has become, compared with the frozen copy. By that number it orders {Html.Percent(run.Summary.RewardAccuracy)} of the held-out pairs as people did.</p>
          """;

    private static string Certainty(RewardFacts reward)
    {
        var right = reward.HeldOut.Right;
        var coin = right.Low <= 0.5 && right.High >= 0.5
            ? ": a coin is in it, so these pairs do not show that anything was learned that holds for new questions"
            : "";
        var training = double.IsFinite(reward.TrainingAccuracy) ? $" Of the pairs that it was trained on it ordered {Html.Percent(reward.TrainingAccuracy)} as people did when it met them the last time." : "";
        var longer = double.IsFinite(reward.LongerIsBetter)
            ? $" Always taking the longer answer would be right in {Html.Percent(reward.LongerIsBetter)} of the held-out pairs."
            : "";
        return $"{Html.Count(right.Count)} of {Html.Of(right.Total, "held-out pair")} is {Html.Percent(right.Value)}, with a 95 % interval from {Html.Percent(right.Low)} to {Html.Percent(right.High)}{coin}.{training}{longer}";
    }
}
