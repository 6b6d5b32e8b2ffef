using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>Tokens to learn from.</summary>
/// <param name="TokenIds">The whole sequence.</param>
/// <param name="LearnFrom">First token that is learnt, at least 1: the prompt's length for a demonstration, 1 for plain text.</param>
public sealed record SupervisedExample(IReadOnlyList<int> TokenIds, int LearnFrom = 1);

/// <summary>Numbers of supervised fine-tuning.</summary>
public sealed record SftOptions
{
    /// <summary>Most tokens (padding included) of one forward and backward pass. Memory only. Default 4096.</summary>
    public int MicroBatchTokens { get; init; } = 4096;

    /// <summary>Largest global L2 norm of the gradient; null does not clip. Default 1.</summary>
    public double? MaxGradientNorm { get; init; } = 1;

    /// <summary>Steps in a row that may be skipped because loss or gradient is not finite. Default 3.</summary>
    public int MaxSkippedSteps { get; init; } = 3;
}

/// <summary>What one step measured.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Loss">Mean over the batch's learnt tokens, nats.</param>
/// <param name="Entropy">Mean token entropy of the model, nats.</param>
/// <param name="Tokens">Learnt tokens in the batch.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Skipped">The step changed nothing because loss or gradient was not finite.</param>
public sealed record SftMetrics(
    long Step, double Loss, double Entropy, long Tokens, double GradientNorm, double LearningRate, bool Skipped);

/// <summary>
/// Supervised fine-tuning: next-token likelihood of demonstrations or plain text, one mean over the whole optimizer batch.
/// </summary>
public sealed class SftTrainer
{
    private readonly PolicyModel _model;
    private readonly GuardedOptimizer _guarded;
    private readonly Func<long, double> _learningRate;
    private readonly SftOptions _options;
    private readonly Func<Tensor, Tensor, Tensor>? _loss;

    /// <param name="model">Trained.</param>
    /// <param name="optimizer">Over its parameters.</param>
    /// <param name="learningRate">From the step to the rate.</param>
    /// <param name="options">Defaults when null.</param>
    /// <param name="loss">
    /// From (token log-probs, mask) to token losses, [B, S] each; <see cref="SupervisedLosses.NegativeLogLikelihood"/> when null.
    /// </param>
    public SftTrainer(
        PolicyModel model, AdamW optimizer, Func<long, double> learningRate, SftOptions? options = null, Func<Tensor, Tensor, Tensor>? loss = null)
    {
        _model = model;
        _learningRate = learningRate;
        _options = options ?? new SftOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.MicroBatchTokens);
        _guarded = new GuardedOptimizer(optimizer, _options.MaxGradientNorm, _options.MaxSkippedSteps);
        _loss = loss;
    }

    /// <summary>Steps done.</summary>
    public long StepCount { get; private set; }

    /// <summary>Continues where a checkpoint stopped.</summary>
    public void Resume(long stepCount) => StepCount = stepCount;

    /// <summary>One optimizer step over the whole batch, in micro-batches of similar length.</summary>
    /// <param name="batch">Everything the step learns from.</param>
    /// <param name="denominator">
    /// Divides the summed token losses; the batch's learnt tokens when null. For the token count over several processes, or over
    /// sequences whose first token is counted though nothing predicts it (as TRL does).
    /// </param>
    /// <exception cref="ArgumentException">The batch has no token to learn from.</exception>
    /// <exception cref="TrainingException">Loss or gradient was not finite too often.</exception>
    public SftMetrics Step(IReadOnlyList<SupervisedExample> batch, double? denominator = null)
    {
        var tokens = batch.Sum(example => Math.Max(0L, example.TokenIds.Count - Math.Max(1, example.LearnFrom)));
        if (tokens == 0)
        {
            throw new ArgumentException(
                $"None of the {batch.Count} examples has a token to learn from (LearnFrom lies at or behind the end of each).",
                nameof(batch));
        }

        using var scope = NewDisposeScope();
        _guarded.ZeroGradients();
        double loss = 0, entropy = 0;
        foreach (var rows in MicroBatching.ByTokens([.. batch.Select(example => example.TokenIds.Count)], _options.MicroBatchTokens))
        {
            using var micro = NewDisposeScope();
            var forward = SequenceForward.Collate(
                [.. rows.Select(row => batch[row].TokenIds)], (row, column) => column >= batch[rows[row]].LearnFrom, _model.Decoder.Device);
            var (share, entropySum) = Loss(forward, denominator ?? tokens);
            CheckedBackward.Run(share);
            loss += share.ToDouble();
            entropy += entropySum.ToDouble() / tokens;
        }

        var rate = _learningRate(StepCount);
        var (norm, skipped) = _guarded.Step(rate, loss);
        return new SftMetrics(StepCount++, loss, entropy, tokens, norm, rate, skipped);
    }

    // The likelihood's weights are known before its log-probs, which saves a matrix product; any other loss sees the log-probs first.
    private (Tensor Share, Tensor EntropySum) Loss(SequenceForward forward, double denominator)
    {
        if (_loss is null)
        {
            var (sum, _, known) = _model.WeightedLogProbs(forward.Ids, forward.Mask, forward.Targets, -1 / denominator);
            return (sum, known.detach().sum());
        }

        var (logProbs, entropies) = forward.LogProbs(_model);
        return (_loss(logProbs, forward.Targets).sum() / denominator, Masked.Sum(entropies.detach(), forward.Targets));
    }

    /// <summary>
    /// Mean negative log-likelihood of the learnt tokens, nats per token; nothing is trained. Its exponential is the perplexity.
    /// </summary>
    /// <param name="model">Asked as it is.</param>
    /// <param name="examples">With at least one token to learn from.</param>
    /// <param name="microBatchTokens">Most tokens (padding included) of one forward pass.</param>
    /// <param name="cancellationToken">Looked at before each forward pass.</param>
    public static double Evaluate(
        PolicyModel model, IReadOnlyList<SupervisedExample> examples, int microBatchTokens = 4096,
        CancellationToken cancellationToken = default)
    {
        using var inference = no_grad();
        double sum = 0;
        long tokens = 0;
        foreach (var rows in MicroBatching.ByTokens([.. examples.Select(example => example.TokenIds.Count)], microBatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var forward = SequenceForward.Collate(
                [.. rows.Select(row => examples[row].TokenIds)], (row, column) => column >= examples[rows[row]].LearnFrom, model.Decoder.Device);
            sum -= Masked.Sum(forward.LogProbs(model).LogProbs, forward.Targets).ToDouble();
            tokens += forward.Targets.sum().item<long>();
        }

        return tokens > 0 ? sum / tokens : throw new ArgumentException("The examples have no token to evaluate.", nameof(examples));
    }
}
