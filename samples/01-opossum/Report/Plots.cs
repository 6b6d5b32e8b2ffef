using System.Globalization;
using Opossum.Annotators;
using ScottPlot;

namespace Opossum.Report;

/// <summary>The pictures of a run. A picture that a run has no numbers for is not drawn, and the report does not mention it.</summary>
internal static class Plots
{
    /// <summary>Every picture that some run has.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "base-loss", "speed-accuracy", "reward-loss", "calibration", "reward", "kl", "kl-coefficient", "value-loss", "entropy", "length",
        "preference-loss", "pair-accuracy", "utilities", "scores",
    ];

    /// <summary>All pictures, by name.</summary>
    public static IReadOnlyDictionary<string, PlotImage> Of(RunResult run)
    {
        IEnumerable<PlotImage?> all =
        [
            BaseLoss(run), SpeedAndAccuracy(run), RewardLoss(run), Calibrated(run),
            Curve(run, "reward", "Score of the answers", "reward-model score", point => point.Reward,
                "What the reward model thinks of the answers. One unit is the spread of the original model's answers. It should rise and level off."),
            Kl(run),
            Curve(run, "kl-coefficient", "Price of a nat", "KL coefficient", point => point.KlCoefficient,
                "What moving away from the original costs. The controller raises the price while the model is further away than wanted, " +
                "and lowers it again."),
            Curve(run, "value-loss", "How well the value head predicts the score", "value loss", point => point.ValueLoss,
                "Half the squared error of the value head. It falls once the head has learned what to expect, and rises where the " +
                "answers change quickly."),
            Curve(run, "entropy", "Choices the model still sees", "nats per token", point => point.Entropy,
                "Entropy of the next word. It sinks when the model becomes sure of itself; close to zero it says the same thing every time."),
            Curve(run, "length", "Length of an answer", "tokens", point => point.Length,
                "A length that runs to either end is the first sign of a model that plays its reward model."),
            Curve(
                run, "preference-loss", "Preference loss", "nats", point => point.PreferenceLoss,
                "0.693 is a coin; lower means that the tuned model prefers what people preferred."),
            Curve(
                run, "pair-accuracy", "Pairs ordered as people did", "share", point => point.PairAccuracy,
                "By the implicit reward, on the pairs of each batch."),
            Histograms.Draw(run.Utilities, "utilities", "What answers to held-out questions are worth", "worth to a careful reader, 0 to 5",
                "The judge here is the simulated truth without noise, which the tuned model never saw. Grey: original model. Orange: tuned."),
            run.Scores is { } scores
                ? Histograms.Draw(scores, "scores", "Scores of answers to held-out questions", "reward-model score",
                    "The same answers through the eyes of the reward model.")
                : null,
        ];
        return all.OfType<PlotImage>().ToDictionary(image => image.Name, StringComparer.Ordinal);
    }

    private static PlotImage? BaseLoss(RunResult run) => Training(
        run.BaseModel.Loss, "base-loss", "Training the base model", "Loss on the text that the sample wrote. It levels off where only " +
        "real choices are left to guess.");

    private static PlotImage? RewardLoss(RunResult run) => Training(
        run.Reward?.Loss ?? [], "reward-loss", "Training the reward model", "Loss on the judgements. It cannot reach zero: people " +
        "disagree with each other.");

    private static PlotImage? Training(IReadOnlyList<CurvePoint> loss, string name, string title, string caption)
    {
        if (loss.Count == 0)
        {
            return null;
        }

        var plot = PlotCanvas.New(title, "step", "loss, nats");
        PlotCanvas.Line(plot, loss, PlotCanvas.Before);
        return PlotCanvas.Draw(plot, name, caption);
    }

    private static PlotImage? Curve(RunResult run, string name, string title, string unit, Func<TuningPoint, double?> value, string caption)
    {
        var points = Points(run, value);
        if (points.Count == 0)
        {
            return null;
        }

        var plot = PlotCanvas.New(title, "iteration", unit);
        Rounds(plot, run);
        PlotCanvas.Line(plot, points, PlotCanvas.After);
        return PlotCanvas.Draw(plot, name, caption);
    }

    // Nothing to say about the controller where there is none.
    private static PlotImage? Kl(RunResult run)
    {
        if (run.Tuning.Count == 0)
        {
            return null;
        }

        var plot = PlotCanvas.New("How far the model has moved from the original", "iteration", "KL, nats per answer");
        Rounds(plot, run);
        PlotCanvas.Line(plot, Points(run, point => point.Kl), PlotCanvas.After, "measured");
        PlotCanvas.Line(plot, Points(run, point => point.KlTarget), PlotCanvas.Aim, "target", LinePattern.Dashed);
        PlotCanvas.Legend(plot, Alignment.LowerRight);
        return PlotCanvas.Draw(plot, "kl", run.Tuning.Any(point => point.KlTarget is not null)
            ? "Distance from the frozen copy. The controller lets the model move to the target (dashed) and holds it there."
            : "Distance from a copy of the original model, which was only watching here: the log-probability that the answers have gained.");
    }

    private static void Rounds(Plot plot, RunResult run)
    {
        foreach (var first in run.Tuning.Where(point => point.Round > 1).GroupBy(point => point.Round).Select(round => round.First()))
        {
            plot.Add.VerticalLine(first.Iteration, 1, PlotCanvas.Before, LinePattern.Dotted);
        }
    }

    private static List<CurvePoint> Points(RunResult run, Func<TuningPoint, double?> value) =>
        [.. run.Tuning.Where(point => value(point) is not null).Select(point => new CurvePoint(point.Iteration, value(point)!.Value))];

    private static PlotImage? SpeedAndAccuracy(RunResult run)
    {
        var people = run.Judgements.Report.Annotators.Where(one => one is { WordsPerMinute: not null, Gold.Total: > 0 }).ToList();
        if (people.Count == 0)
        {
            return null;
        }

        var plot = PlotCanvas.New("Speed against accuracy", "words to be read a minute (median)", "gold questions right, %");
        foreach (var one in people)
        {
            AddPerson(plot, one);
        }

        var right = Math.Max(JudgementReport.ReadableWordsPerMinute, people.Max(one => one.WordsPerMinute!.Value)) * 1.08;
        var limit = plot.Add.VerticalLine(JudgementReport.ReadableWordsPerMinute, 1.5f, PlotCanvas.Aim, LinePattern.Dashed);
        limit.LegendText = "nobody reads faster";
        PlotCanvas.Legend(plot, Alignment.LowerLeft);
        plot.Axes.SetLimits(0, right, 0, 105);
        return PlotCanvas.Draw(
            plot, "speed-accuracy",
            "One dot for each annotator, with the 95 % interval of the share of gold questions that came out right.");
    }

    private static void AddPerson(Plot plot, AnnotatorRecord one)
    {
        var (x, y) = (one.WordsPerMinute!.Value, 100 * one.Gold.Value);
        var interval = plot.Add.Line(x, 100 * one.Gold.Low, x, 100 * one.Gold.High);
        (interval.LineColor, interval.LineWidth) = (PlotCanvas.Before, 2);
        var dot = plot.Add.Scatter(x, y, PlotCanvas.After);
        dot.MarkerSize = 10;
        var name = plot.Add.Text(one.Annotator, x, y);
        (name.LabelFontSize, name.LabelFontColor, name.OffsetX, name.LabelAlignment) = (13, PlotCanvas.Ink, 9, Alignment.MiddleLeft);
    }

    private static PlotImage? Calibrated(RunResult run)
    {
        if (run.Reward is not { HeldOut: { } heldOut })
        {
            return null;
        }

        var plot = PlotCanvas.New(
            "Is the reward model as sure as it should be?", "how sure it is of its choice, %", "how often people agree, %");
        PlotCanvas.Line(plot, [new CurvePoint(50, 50), new CurvePoint(100, 100)], PlotCanvas.Aim, "as it should be", LinePattern.Dashed);
        foreach (var bin in heldOut.Bins)
        {
            var x = 100 * bin.Confidence;
            var interval = plot.Add.Line(x, 100 * bin.Agreement.Low, x, 100 * bin.Agreement.High);
            (interval.LineColor, interval.LineWidth) = (PlotCanvas.Before, 2);
            var count = plot.Add.Text(bin.Agreement.Total.ToString(CultureInfo.InvariantCulture), x, 3);
            (count.LabelFontSize, count.LabelFontColor, count.LabelAlignment) = (10, PlotCanvas.Before, Alignment.LowerCenter);
        }

        PlotCanvas.Line(
            plot, heldOut.Bins.Select(bin => new CurvePoint(100 * bin.Confidence, 100 * bin.Agreement.Value)), PlotCanvas.After,
            "measured");
        PlotCanvas.Legend(plot, Alignment.UpperLeft);
        plot.Axes.SetLimits(48, 102, 0, 108);
        return PlotCanvas.Draw(
            plot, "calibration",
            "Held-out pairs, sorted by how sure the reward model is. Bars are 95 % intervals, grey numbers count pairs.");
    }
}
