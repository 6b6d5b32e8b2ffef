using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>Responses to one prompt, ranked by a person: two of them are a pair.</summary>
/// <param name="Sequences">Prompt and response of each candidate, at least two.</param>
/// <param name="Ranks">0 = best; equal numbers are a tie.</param>
/// <param name="Margin">By how much the first should win, in units of the score; pairwise losses only.</param>
/// <param name="BetterProbability">
/// A soft label, for a pair without tie: how probable it is that the better ranked one is better, in [0, 1], for example the share
/// of votes for it. 1 takes the ranks as they are.
/// </param>
public sealed record RankedExample(
    IReadOnlyList<IReadOnlyList<int>> Sequences, IReadOnlyList<int> Ranks, double Margin = 0, double BetterProbability = 1);

/// <summary>Scores of ranked candidates as a loss sees them: G groups of at most K candidates.</summary>
/// <param name="Rewards">[G, K], differentiable.</param>
/// <param name="Ranks">[G, K] int64, 0 = best.</param>
/// <param name="Mask">[G, K] bool, true = a candidate.</param>
/// <param name="Margins">[G].</param>
/// <param name="BetterProbabilities">[G], of <see cref="RankedExample.BetterProbability"/>; null where all are 1.</param>
public sealed record RankedRewards(Tensor Rewards, Tensor Ranks, Tensor Mask, Tensor Margins, Tensor? BetterProbabilities = null);

/// <summary>From scores to one loss per group, [G], not averaged.</summary>
public delegate Tensor RankingLossFunction(RankedRewards rewards);

/// <summary>The usual choices.</summary>
public static class RankingLosses
{
    /// <summary>
    /// Plackett-Luce with ties (Bradley-Terry for pairs, with soft labels where they have any), plus <paramref name="centering"/> times
    /// the squared mean score of a group, which keeps scores around 0.
    /// </summary>
    public static RankingLossFunction PlackettLuce(double centering = 0) => rewards =>
    {
        using var scope = NewDisposeScope();
        var loss = RewardModelLosses.PlackettLuce(rewards.Rewards, rewards.Ranks, rewards.Mask);
        if (rewards.BetterProbabilities is { } probabilities)
        {
            var reversed = RewardModelLosses.PlackettLuce(rewards.Rewards, rewards.Ranks.neg(), rewards.Mask);
            loss = (probabilities * loss) + ((1 - probabilities) * reversed);
        }

        if (centering != 0)
        {
            var kept = rewards.Rewards.masked_fill(rewards.Mask.logical_not(), 0);
            loss = loss + (centering * (kept.sum(1) / rewards.Mask.sum(1)).square());
        }

        return loss.MoveToOuterDisposeScope();
    };

    /// <summary>
    /// Bradley-Terry with margins and soft labels on pairs (a margin m moves the model's probability to sigmoid(chosen - rejected - m)), plus <paramref name="centering"/> times (chosen + rejected)^2 (TRL's
    /// <c>center_rewards_coefficient</c>).
    /// </summary>
    public static RankingLossFunction BradleyTerry(double centering = 0) => rewards =>
    {
        if (rewards.Rewards.shape[1] != 2)
        {
            throw new ArgumentException(
                $"Bradley-Terry compares two responses but a group has {rewards.Rewards.shape[1]}; use RankingLosses.PlackettLuce for rankings.",
                nameof(rewards));
        }

        using var scope = NewDisposeScope();
        var order = rewards.Ranks.argsort(1);
        var ordered = rewards.Rewards.gather(1, order);
        var (chosen, rejected) = (ordered.select(1, 0), ordered.select(1, 1));
        var loss = rewards.BetterProbabilities is { } probabilities
            ? RewardModelLosses.BradleyTerrySoft(chosen - rewards.Margins, rejected, probabilities)
            : RewardModelLosses.BradleyTerry(chosen, rejected, rewards.Margins);
        if (centering != 0)
        {
            loss = loss + (centering * RewardModelLosses.Centering(chosen, rejected));
        }

        return loss.MoveToOuterDisposeScope();
    };

    /// <summary>
    /// Softmax over the candidates, the best one is the class (Ziegler et al. 2019, eq. 1). A tie for best takes the first; soft labels
    /// are refused.
    /// </summary>
    public static RankingLossFunction PickBest { get; } = rewards =>
    {
        if (rewards.BetterProbabilities is not null)
        {
            throw new ArgumentException(
                $"A pair has a soft label ({nameof(RankedExample.BetterProbability)}), for which this loss has no place; use RankingLosses.PlackettLuce or BradleyTerry.",
                nameof(rewards));
        }

        using var scope = NewDisposeScope();
        var scores = rewards.Rewards.masked_fill(rewards.Mask.logical_not(), float.NegativeInfinity);
        var ranks = rewards.Ranks.masked_fill(rewards.Mask.logical_not(), long.MaxValue);
        return RewardModelLosses.PickBest(scores, ranks.argmin(1)).MoveToOuterDisposeScope();
    };
}

/// <summary>Numbers of reward-model training.</summary>
public sealed record RewardOptions
{
    /// <summary>Most tokens (padding included) of one forward and backward pass. Memory only. Default 4096.</summary>
    public int MicroBatchTokens { get; init; } = 4096;

    /// <summary>Largest global L2 norm of the gradient; null does not clip. Default 1.</summary>
    public double? MaxGradientNorm { get; init; } = 1;

    /// <summary>Steps in a row that may be skipped because loss or gradient is not finite. Default 3.</summary>
    public int MaxSkippedSteps { get; init; } = 3;
}

/// <summary>What one step (or an evaluation) measured.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Loss">Mean over groups, nats.</param>
/// <param name="Accuracy">
/// Share of ordered pairs (ties left out) whose better response has the strictly higher score; NaN without such a pair.
/// </param>
/// <param name="Margin">Mean score difference of ordered pairs; NaN without one.</param>
/// <param name="MeanScore">Mean score of all candidates.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Skipped">The step changed nothing because loss or gradient was not finite.</param>
public sealed record RewardMetrics(
    long Step, double Loss, double Accuracy, double Margin, double MeanScore, double GradientNorm, double LearningRate, bool Skipped);

/// <summary>
/// Trains a reward model on people's rankings. Ziegler et al. 2019; Stiennon et al. 2020, arXiv:2009.01325; Luce 1959, Plackett 1975.
/// </summary>
public sealed class RewardTrainer
{
    private readonly RewardModel _model;
    private readonly RankingLossFunction _loss;
    private readonly GuardedOptimizer _optimizer;
    private readonly Func<long, double> _learningRate;
    private readonly RewardOptions _options;

    /// <param name="model">Trained.</param>
    /// <param name="loss">For example <c>RankingLosses.PlackettLuce()</c>.</param>
    /// <param name="optimizer">Over the model's parameters.</param>
    /// <param name="learningRate">From the step to the rate.</param>
    /// <param name="options">Defaults when null.</param>
    public RewardTrainer(
        RewardModel model, RankingLossFunction loss, AdamW optimizer, Func<long, double> learningRate, RewardOptions? options = null)
    {
        _model = model;
        _loss = loss;
        _learningRate = learningRate;
        _options = options ?? new RewardOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.MicroBatchTokens);
        _optimizer = new GuardedOptimizer(optimizer, _options.MaxGradientNorm, _options.MaxSkippedSteps);
    }

    /// <summary>Steps done.</summary>
    public long StepCount { get; private set; }

    /// <summary>Continues where a checkpoint stopped.</summary>
    public void Resume(long stepCount) => StepCount = stepCount;

    /// <summary>One optimizer step over the whole batch, the mean over its groups.</summary>
    /// <exception cref="ArgumentException">A group of fewer than two candidates, or ranks that do not fit them.</exception>
    /// <exception cref="TrainingException">Loss or gradient was not finite too often.</exception>
    public RewardMetrics Step(IReadOnlyList<RankedExample> batch)
    {
        RankedForward.Validate(batch);
        using var scope = NewDisposeScope();
        _optimizer.ZeroGradients();
        var totals = new RankedTotals();
        foreach (var rows in RankedForward.MicroBatches(batch, _options.MicroBatchTokens))
        {
            using var micro = NewDisposeScope();
            var rewards = RankedForward.Score(_model, [.. rows.Select(row => batch[row])]);
            var loss = _loss(rewards).sum() / batch.Count;
            CheckedBackward.Run(loss);
            totals.Add(loss.ToDouble(), rewards);
        }

        var rate = _learningRate(StepCount);
        var (norm, skipped) = _optimizer.Step(rate, totals.Loss);
        return totals.Metrics(StepCount++, norm, rate, skipped);
    }

    /// <summary>The same measurements without training; gradient norm and rate are NaN.</summary>
    /// <param name="model">Asked as it is.</param>
    /// <param name="loss">What is measured.</param>
    /// <param name="examples">At least two candidates each.</param>
    /// <param name="microBatchTokens">Most tokens (padding included) of one forward pass.</param>
    /// <param name="cancellationToken">Looked at before each forward pass.</param>
    public static RewardMetrics Evaluate(
        RewardModel model, RankingLossFunction loss, IReadOnlyList<RankedExample> examples, int microBatchTokens = 4096,
        CancellationToken cancellationToken = default)
    {
        RankedForward.Validate(examples);
        using var inference = no_grad();
        var totals = new RankedTotals();
        foreach (var rows in RankedForward.MicroBatches(examples, microBatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var rewards = RankedForward.Score(model, [.. rows.Select(row => examples[row])]);
            totals.Add((loss(rewards).sum() / examples.Count).ToDouble(), rewards);
        }

        return totals.Metrics(0, double.NaN, double.NaN, skipped: false);
    }
}
