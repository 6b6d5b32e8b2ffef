using Opossum.Report;
using PreferenceTuning.Metrics;
using PreferenceTuning.Trainers;

namespace Opossum.Pipeline;

/// <summary>
/// Writes the numbers of each iteration to <c>metrics.jsonl</c>, to TensorBoard events and to <c>System.Diagnostics.Metrics</c>, and reads
/// them back for the report.
/// </summary>
internal sealed class TuningLog : IDisposable
{
    private const string Round = "progress/round";
    private const long StepsPerRound = 100_000;
    private readonly string _path;
    private readonly JsonLinesMetricsSink _lines;
    private readonly MeterMetricsSink _meter = new();
    private readonly CompositeMetricsSink _sinks;

    /// <param name="folder">The output folder.</param>
    /// <param name="lastStep">Iterations that are kept from an interrupted run, over all rounds; 0 starts anew.</param>
    public TuningLog(string folder, long lastStep)
    {
        _path = Path.Combine(folder, "metrics.jsonl");
        _lines = lastStep > 0 && File.Exists(_path) ? JsonLinesMetricsSink.Resume(_path, lastStep) : JsonLinesMetricsSink.Create(_path);
        _sinks = new CompositeMetricsSink(_lines, new TensorBoardMetricsSink(Path.Combine(folder, "events")), _meter);
    }

    /// <summary>The number under which a step of a round is logged; it grows over all rounds.</summary>
    public static long Step(int round, long step) => ((round - 1) * StepsPerRound) + step;

    public void Write(int round, long step, PpoMetrics metrics, double? target) => _sinks.Write(Step(round, step),
    [
        new(Round, round),
        new(MetricNames.ObjectiveScores, metrics.Scores),
        new(MetricNames.ObjectiveScoresStd, metrics.ScoresDeviation),
        new(MetricNames.ObjectiveRlhfReward, metrics.ShapedReward),
        new(MetricNames.ObjectiveKl, metrics.Kl),
        new(MetricNames.ObjectiveKlCoefficient, metrics.KlCoefficient),
        .. target is { } aim ? [new Metric(MetricNames.ObjectiveKlTarget, aim)] : Array.Empty<Metric>(),
        new(MetricNames.PolicyEntropy, metrics.Entropy),
        new(MetricNames.PolicyApproxKl, metrics.ApproxKl),
        new(MetricNames.PolicyClipFraction, metrics.ClipFraction),
        new(MetricNames.LossPolicy, metrics.PolicyLoss),
        new(MetricNames.LossValue, metrics.ValueLoss),
        new(MetricNames.ValClipFraction, metrics.ValueClipFraction),
        new(MetricNames.ValExplainedVariance, metrics.ExplainedVariance),
        new(MetricNames.ResponseLength, metrics.ResponseLength),
        new(MetricNames.ResponseEosShare, metrics.FinishedShare),
        new(MetricNames.GradientNorm, metrics.GradientNorm),
        new(MetricNames.LearningRate, metrics.LearningRate),
        new(MetricNames.Episodes, metrics.Episodes),
    ]);

    public void Write(int round, long step, DpoMetrics metrics, double kl, double target) => _sinks.Write(Step(round, step),
    [
        new(Round, round),
        new(MetricNames.ObjectiveKl, kl),
        new(MetricNames.ObjectiveKlTarget, target),
        new(MetricNames.LossPreference, metrics.Loss),
        new(MetricNames.RewardsAccuracies, metrics.Accuracy),
        new(MetricNames.RewardsMargins, metrics.Margin),
        new(MetricNames.RewardsChosen, metrics.ChosenReward),
        new(MetricNames.RewardsRejected, metrics.RejectedReward),
        new(MetricNames.LogProbsChosen, metrics.ChosenLogProb),
        new(MetricNames.LogProbsRejected, metrics.RejectedLogProb),
        new(MetricNames.GradientNorm, metrics.GradientNorm),
        new(MetricNames.LearningRate, metrics.LearningRate),
    ]);

    /// <summary>All iterations so far, as the report draws them.</summary>
    public IReadOnlyList<TuningPoint> Points() => [.. JsonLinesMetricsSink.Read(_path).Select((record, index) =>
    {
        double? Value(string name) => record.Metrics.Where(metric => metric.Name == name).Select(metric => (double?)metric.Value).FirstOrDefault();
        return new TuningPoint
        {
            Round = (int)Value(Round)!.Value,
            Iteration = index + 1,
            Reward = Value(MetricNames.ObjectiveScores),
            Kl = Value(MetricNames.ObjectiveKl)!.Value,
            KlTarget = Value(MetricNames.ObjectiveKlTarget),
            KlCoefficient = Value(MetricNames.ObjectiveKlCoefficient),
            ValueLoss = Value(MetricNames.LossValue),
            Entropy = Value(MetricNames.PolicyEntropy),
            Length = Value(MetricNames.ResponseLength),
            EndedShare = Value(MetricNames.ResponseEosShare),
            PreferenceLoss = Value(MetricNames.LossPreference),
            PairAccuracy = Value(MetricNames.RewardsAccuracies),
        };
    })];

    public void Dispose()
    {
        _meter.Dispose();
        _lines.Dispose();
    }
}
