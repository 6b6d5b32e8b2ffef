using PreferenceTuning.Data;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>
/// Proximal policy optimisation against a reward, with a penalty for drifting from a frozen reference. Ziegler et al. 2019,
/// arXiv:1909.08593; Schulman et al. 2017, arXiv:1707.06347; Stiennon et al. 2020. <see cref="Step"/> is the algorithm.
/// </summary>
public sealed class PpoTrainer
{
    private readonly PolicyModel _policy;
    private readonly PolicyModel _reference;
    private readonly ValueModel _value;
    private readonly IRolloutEngine _engine;
    private readonly IRewardFunction _reward;
    private readonly KlController _kl;
    private readonly Func<long, double> _learningRate;
    private readonly PpoOptions _options;
    private readonly PpoRecipe _recipe;
    private readonly PpoUpdate _update;

    /// <param name="policy">Trained.</param>
    /// <param name="reference">Frozen; usually a frozen copy of the policy as it was.</param>
    /// <param name="value">Trained; predicts the return at every token.</param>
    /// <param name="engine">Answers prompts with <paramref name="policy"/>, at the temperature of the options.</param>
    /// <param name="reward">Scores answers.</param>
    /// <param name="kl">Says what drifting costs.</param>
    /// <param name="optimizer">Over the parameters of policy and value model.</param>
    /// <param name="learningRate">From the number of the iteration to the rate.</param>
    /// <param name="options">Checked here.</param>
    /// <param name="recipe">Whose order of operations; <see cref="PpoRecipe.Default"/> when null.</param>
    public PpoTrainer(
        PolicyModel policy,
        PolicyModel reference,
        ValueModel value,
        IRolloutEngine engine,
        IRewardFunction reward,
        KlController kl,
        AdamW optimizer,
        Func<long, double> learningRate,
        PpoOptions options,
        PpoRecipe? recipe = null)
    {
        options.Validate();
        _policy = policy;
        _reference = reference;
        _value = value;
        _engine = engine;
        _reward = reward;
        _kl = kl;
        _learningRate = learningRate;
        _options = options;
        _recipe = recipe ?? PpoRecipe.Default;
        _update = new PpoUpdate(policy, value, optimizer, options, _recipe);
    }

    /// <summary>Iterations done.</summary>
    public long Iteration { get; private set; }

    /// <summary>Responses seen.</summary>
    public long Episodes { get; private set; }

    /// <summary>Continues where a checkpoint stopped.</summary>
    public void Resume(long iteration, long episodes) => (Iteration, Episodes) = (iteration, episodes);

    /// <summary>One iteration: answer, score, shape, optimise, adapt.</summary>
    /// <exception cref="TrainingException">Loss or gradient stayed not finite for too many steps, or a score is not a number.</exception>
    /// <exception cref="OperationCanceledException">While answering; no weight has changed then.</exception>
    public PpoMetrics Step(PromptBatch prompts, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        var rollouts = _engine.Generate(prompts, cancellationToken);
        var experience = Evaluate(rollouts, _reward.Score(rollouts));
        var plans = Enumerable.Range(0, _options.Epochs).Select(epoch => Plan(experience, epoch)).ToArray();
        return Optimize(experience, plans);
    }

    /// <summary>
    /// Optimises on given experience with given epochs (for <see cref="Step"/>'s own, and for replaying recorded runs), then lets the
    /// controller see the KL.
    /// </summary>
    public PpoMetrics Optimize(PpoExperience experience, IReadOnlyList<IReadOnlyList<PpoMiniBatch>> epochs)
    {
        using var scope = NewDisposeScope();
        var rate = _learningRate(Iteration);
        var statistics = _update.Run(experience, epochs, rate);
        var kl = Masked.Sum(KlEstimators.K1(experience.OldLogProbs, experience.RefLogProbs), experience.PolicyMask, 1).mean().ToDouble();
        var metrics = PpoMeasurements.Collect(experience, statistics, kl, _kl.Coefficient, _update.Estimate(experience).Returns) with
        {
            Iteration = Iteration,
            Episodes = Episodes + experience.Rollouts.Count,
            LearningRate = rate,
        };
        _kl.Update(kl, experience.Rollouts.Count);
        Iteration++;
        Episodes += experience.Rollouts.Count;
        return metrics;
    }

    /// <summary>Reference log-probs, values and token rewards of a rollout. Nothing is trained.</summary>
    /// <param name="rollouts">Answers with the log-probs they were drawn with.</param>
    /// <param name="scores">[B] float32.</param>
    /// <exception cref="TrainingException">A score is NaN or infinite.</exception>
    /// <exception cref="ArgumentException">The recipe learns from places behind the end of a response.</exception>
    public PpoExperience Evaluate(RolloutBatch rollouts, Tensor scores)
    {
        Check.Rank(scores, 1);
        Check.Size(scores, 0, rollouts.Count);
        TrainingException.ThrowIfNotFinite(scores, "score", "response");
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        // A recipe may return the mask that it was given, which is the rollout's to dispose: an alias can move on by itself.
        var policyMask = _recipe.PolicyMask(rollouts.ResponseMask).alias();
        var valueMask = _recipe.ValueMask(rollouts.ResponseMask).alias();
        CheckDrawn(rollouts, policyMask);
        var forward = ResponseForward.Evaluate(rollouts, policyMask, valueMask, _policy, _reference, _value, _options);
        var oldLogProbs = rollouts.OldLogProbs.masked_fill(policyMask.logical_not(), 0).to(forward.RefLogProbs.dtype);
        var kl = _recipe.KlEstimator(oldLogProbs, forward.RefLogProbs);
        var rewards = _recipe.TokenRewards(scores, kl, rollouts.ResponseMask, _kl.Coefficient);
        return new PpoExperience(
            rollouts,
            policyMask.MoveToOuterDisposeScope(),
            valueMask.MoveToOuterDisposeScope(),
            oldLogProbs.MoveToOuterDisposeScope(),
            forward.RefLogProbs.MoveToOuterDisposeScope(),
            forward.Values.MoveToOuterDisposeScope(),
            scores,
            rewards.MoveToOuterDisposeScope());
    }

    private static void CheckDrawn(RolloutBatch rollouts, Tensor policyMask)
    {
        using var scope = NewDisposeScope();
        var beyond = policyMask.logical_and(rollouts.ResponseMask.logical_not()).any(1).nonzero();
        if (beyond.shape[0] > 0)
        {
            throw new ArgumentException(
                $"The recipe learns from places behind the end of response {beyond[0, 0].item<long>()}, where nothing was drawn. " +
                "PpoRecipe.Ziegler takes responses of one length: give it an engine without stop tokens and a TruncatedRewardFunction.",
                nameof(rollouts));
        }
    }

    private IReadOnlyList<PpoMiniBatch> Plan(PpoExperience experience, int epoch)
    {
        var rows = Enumerable.Range(0, experience.Rollouts.Count).ToArray();
        new SeededRandom(unchecked(_options.Seed + ((ulong)Iteration * 1_000_003UL) + (ulong)epoch)).Shuffle<int>(rows);
        var inputs = new PpoPlanInputs(
            Counts(experience.PolicyMask),
            Counts(experience.ValueMask),
            Counts(experience.Rollouts.SequenceMask()),
            rows);
        return PpoPlanner.Plan(inputs, _options.MiniBatches, _options.MicroBatchTokens);
    }

    private static int[] Counts(Tensor mask)
    {
        using var scope = NewDisposeScope();
        return [.. mask.sum(dim: 1, type: ScalarType.Int64).cpu().data<long>().Select(count => (int)count)];
    }
}
