using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>Two responses to one prompt, the first preferred.</summary>
/// <param name="Prompt">At least one token.</param>
/// <param name="Chosen">At least one token.</param>
/// <param name="Rejected">At least one token.</param>
/// <param name="Reference">
/// What the reference says of both, where that was computed before; a trainer that has a reference model asks the model.
/// </param>
public sealed record PairExample(
    IReadOnlyList<int> Prompt,
    IReadOnlyList<int> Chosen,
    IReadOnlyList<int> Rejected,
    ReferencePair? Reference = null);

/// <summary>Summed log-probs of a pair under the frozen reference, nats.</summary>
/// <param name="Chosen">Of the chosen response.</param>
/// <param name="Rejected">Of the rejected response.</param>
public sealed record ReferencePair(double Chosen, double Rejected);

/// <summary>Numbers of direct preference optimisation; what the loss is, is the loss function's business.</summary>
public sealed record DpoOptions
{
    /// <summary>Most tokens (padding included) of one forward and backward pass. Memory only. Default 4096.</summary>
    public int MicroBatchTokens { get; init; } = 4096;

    /// <summary>Largest global L2 norm of the gradient; null does not clip. Default 1.</summary>
    public double? MaxGradientNorm { get; init; } = 1;

    /// <summary>Steps in a row that may be skipped because loss or gradient is not finite. Default 3.</summary>
    public int MaxSkippedSteps { get; init; } = 3;
}

/// <summary>What one step measured; means over pairs.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Loss">The preference loss.</param>
/// <param name="Accuracy">Share of pairs whose chosen response has the higher implicit reward; ties count as wrong.</param>
/// <param name="Margin">Implicit reward of chosen minus rejected.</param>
/// <param name="ChosenReward">Implicit reward of the chosen response.</param>
/// <param name="RejectedReward">Implicit reward of the rejected response.</param>
/// <param name="ChosenLogProb">Summed log-prob of the chosen response, nats.</param>
/// <param name="RejectedLogProb">Summed log-prob of the rejected response, nats.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Skipped">The step changed nothing because loss or gradient was not finite.</param>
public sealed record DpoMetrics(
    long Step,
    double Loss,
    double Accuracy,
    double Margin,
    double ChosenReward,
    double RejectedReward,
    double ChosenLogProb,
    double RejectedLogProb,
    double GradientNorm,
    double LearningRate,
    bool Skipped);

/// <summary>
/// Direct preference optimisation with any pairwise loss: Rafailov et al. 2023, arXiv:2305.18290, and its relatives in
/// <see cref="PreferenceLosses"/>.
/// </summary>
public sealed class DpoTrainer
{
    private readonly PolicyModel _policy;
    private readonly PolicyModel? _reference;
    private readonly PreferenceLossFunction _loss;
    private readonly GuardedOptimizer _optimizer;
    private readonly Func<long, double> _learningRate;
    private readonly DpoOptions _options;

    /// <param name="policy">Trained.</param>
    /// <param name="reference">Frozen; null where every pair brings its reference log-probs (see <see cref="WithReference"/>).</param>
    /// <param name="loss">For example <c>(p, r) => PreferenceLosses.Sigmoid(p, r, beta: 0.1)</c>.</param>
    /// <param name="optimizer">Over the policy's parameters.</param>
    /// <param name="learningRate">From the step to the rate.</param>
    /// <param name="options">Defaults when null.</param>
    public DpoTrainer(
        PolicyModel policy,
        PolicyModel? reference,
        PreferenceLossFunction loss,
        AdamW optimizer,
        Func<long, double> learningRate,
        DpoOptions? options = null)
    {
        _policy = policy;
        _reference = reference;
        _loss = loss;
        _learningRate = learningRate;
        _options = options ?? new DpoOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.MicroBatchTokens);
        _optimizer = new GuardedOptimizer(optimizer, _options.MaxGradientNorm, _options.MaxSkippedSteps);
    }

    /// <summary>Steps done.</summary>
    public long StepCount { get; private set; }

    /// <summary>Continues where a checkpoint stopped.</summary>
    public void Resume(long stepCount) => StepCount = stepCount;

    /// <summary>The same pairs with what the reference says of them, so that training needs no reference model.</summary>
    /// <param name="reference">Frozen.</param>
    /// <param name="pairs">Whatever they say of a reference is replaced.</param>
    /// <param name="microBatchTokens">Most tokens (padding included) of one forward pass.</param>
    /// <param name="cancellationToken">Looked at before each forward pass.</param>
    public static IReadOnlyList<PairExample> WithReference(
        PolicyModel reference, IReadOnlyList<PairExample> pairs, int microBatchTokens = 4096, CancellationToken cancellationToken = default)
    {
        using var inference = no_grad();
        var result = pairs.ToArray();
        foreach (var rows in MicroBatching.ByTokens(Lengths(reference, pairs), microBatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var sums = PairForward.Sums(reference, [.. rows.Select(row => pairs[row])]);
            var (chosen, rejected) = (sums.Chosen.to(ScalarType.Float64).cpu(), sums.Rejected.to(ScalarType.Float64).cpu());
            for (var i = 0; i < rows.Count; i++)
            {
                result[rows[i]] = pairs[rows[i]] with { Reference = new ReferencePair(chosen[i].item<double>(), rejected[i].item<double>()) };
            }
        }

        return result;
    }

    /// <summary>One optimizer step over the whole batch, the mean over its pairs.</summary>
    /// <exception cref="ArgumentException">An empty prompt or response, or no reference for a pair.</exception>
    /// <exception cref="TrainingException">Loss or gradient was not finite too often.</exception>
    public DpoMetrics Step(IReadOnlyList<PairExample> batch)
    {
        Validate(batch);
        using var scope = NewDisposeScope();
        _optimizer.ZeroGradients();
        var sums = new double[6];
        foreach (var rows in MicroBatching.ByTokens(Lengths(_policy, batch), _options.MicroBatchTokens))
        {
            using var micro = NewDisposeScope();
            var pairs = rows.Select(row => batch[row]).ToArray();

            // First, since what the policy computes stays in memory until its gradient.
            var reference = Reference(pairs);
            var policy = PairForward.Sums(_policy, pairs);
            var result = _loss(policy, reference ?? Given(pairs, policy));
            var loss = result.Losses.sum() / batch.Count;
            CheckedBackward.Run(loss);
            Add(sums, loss, result, policy, batch.Count);
        }

        var rate = _learningRate(StepCount);
        var (norm, skipped) = _optimizer.Step(rate, sums[0]);
        return new DpoMetrics(
            StepCount++, sums[0], sums[1], sums[2] - sums[3], sums[2], sums[3], sums[4], sums[5], norm, rate, skipped);
    }

    private PairLogProbs? Reference(PairExample[] pairs)
    {
        using var inference = no_grad();
        return _reference is null ? null : PairForward.Sums(_reference, pairs);
    }

    /// <summary>What the pairs bring with them, of the policy's type.</summary>
    private static PairLogProbs Given(PairExample[] pairs, PairLogProbs policy)
    {
        var (dtype, device) = (policy.Chosen.dtype, policy.Chosen.device);
        return policy with
        {
            Chosen = tensor(pairs.Select(pair => pair.Reference!.Chosen).ToArray(), dtype, device),
            Rejected = tensor(pairs.Select(pair => pair.Reference!.Rejected).ToArray(), dtype, device),
        };
    }

    private static void Add(double[] sums, Tensor loss, PreferenceLossResult result, PairLogProbs policy, int count)
    {
        using var inference = no_grad();
        sums[0] += loss.ToDouble();
        sums[1] += result.ChosenRewards.gt(result.RejectedRewards).sum().ToDouble() / count;
        sums[2] += result.ChosenRewards.sum().ToDouble() / count;
        sums[3] += result.RejectedRewards.sum().ToDouble() / count;
        sums[4] += policy.Chosen.sum().ToDouble() / count;
        sums[5] += policy.Rejected.sum().ToDouble() / count;
    }

    private void Validate(IReadOnlyList<PairExample> batch)
    {
        ArgumentOutOfRangeException.ThrowIfZero(batch.Count, nameof(batch));
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i].Prompt.Count == 0 || batch[i].Chosen.Count == 0 || batch[i].Rejected.Count == 0)
            {
                throw new ArgumentException(
                    $"Pair {i} has {batch[i].Prompt.Count} prompt, {batch[i].Chosen.Count} chosen and {batch[i].Rejected.Count} rejected " +
                    "tokens; each needs at least one.",
                    nameof(batch));
            }

            if (_reference is null && batch[i].Reference is null)
            {
                throw new ArgumentException(
                    $"Pair {i} has no reference log-probs and the trainer has no reference model; pass one, or use WithReference first.",
                    nameof(batch));
            }
        }
    }

    private static int[] Lengths(PolicyModel model, IReadOnlyList<PairExample> pairs) =>
        [.. pairs.Select(pair => PairForward.Tokens(model, pair))];
}
