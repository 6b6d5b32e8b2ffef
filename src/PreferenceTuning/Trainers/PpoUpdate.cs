using PreferenceTuning.Advantages;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>The optimisation half of PPO: epochs of clipped policy and value steps over fixed experience.</summary>
internal sealed class PpoUpdate(PolicyModel policy, ValueModel value, AdamW optimizer, PpoOptions options, PpoRecipe recipe)
{
    private readonly GuardedOptimizer _optimizer = new(optimizer, options.MaxGradientNorm, options.MaxSkippedSteps);

    public PpoStatistics Run(PpoExperience experience, IReadOnlyList<IReadOnlyList<PpoMiniBatch>> epochs, double learningRate)
    {
        var statistics = new PpoStatistics();
        using var scope = NewDisposeScope();
        var whole = recipe.AdvantageScope == AdvantageScope.Rollout ? Estimate(experience) : null;
        foreach (var miniBatch in epochs.SelectMany(epoch => epoch))
        {
            using var step = NewDisposeScope();
            Accumulate(experience, whole ?? EstimateRows(experience, miniBatch.Rows), miniBatch, statistics);
            var (norm, skipped) = _optimizer.Step(learningRate, statistics.StepLoss);
            statistics.EndStep(norm, skipped);
        }

        return statistics;
    }

    /// <summary>Rewards scaled, GAE, advantages standardised: [B, T] each.</summary>
    public AdvantageResult Estimate(PpoExperience experience)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var rewards = recipe.ScaleRewards(experience.TokenRewards, experience.ValueMask);
        var estimator = recipe.AdvantageEstimator ?? new GeneralizedAdvantageEstimator(recipe.Discount, recipe.Lambda);
        var raw = estimator.Estimate(new AdvantageInputs(rewards, experience.Values, experience.ValueMask));
        var advantages = recipe.ScaleAdvantages(raw.Advantages, experience.PolicyMask);
        return new AdvantageResult(
            advantages.MoveToOuterDisposeScope(),
            raw.Returns.MoveToOuterDisposeScope());
    }

    private AdvantageResult EstimateRows(PpoExperience experience, IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        var index = Index(rows, experience);
        var part = Estimate(experience with
        {
            TokenRewards = experience.TokenRewards.index_select(0, index),
            Values = experience.Values.index_select(0, index),
            PolicyMask = experience.PolicyMask.index_select(0, index),
            ValueMask = experience.ValueMask.index_select(0, index),
        });
        // Back in the rollout's row order, so that micro-batches index both kinds alike; other rows are not read.
        return new AdvantageResult(
            zeros_like(experience.Values).index_copy(0, index, part.Advantages).MoveToOuterDisposeScope(),
            zeros_like(experience.Values).index_copy(0, index, part.Returns).MoveToOuterDisposeScope());
    }

    private void Accumulate(PpoExperience experience, AdvantageResult advantages, PpoMiniBatch miniBatch, PpoStatistics statistics)
    {
        _optimizer.ZeroGradients();
        foreach (var micro in miniBatch.MicroBatches)
        {
            using var scope = NewDisposeScope();
            var index = Index(micro.Rows, experience);
            var policyMask = experience.PolicyMask.index_select(0, index);
            var valueMask = experience.ValueMask.index_select(0, index);
            var forward = new ResponseForward(experience.Rollouts.Rows(micro.Rows), policyMask.logical_or(valueMask));
            var hidden = forward.Hidden(policy.Decoder);
            var (logProbs, entropies) = forward.LogProbs(policy, hidden, policyMask, options.Temperature);
            var policyLoss = PolicyLosses.PpoClipped(
                logProbs,
                experience.OldLogProbs.index_select(0, index),
                advantages.Advantages.index_select(0, index),
                policyMask,
                options.ClipRange);
            var policySum = Masked.Sum(policyLoss.Losses, policyMask) / micro.PolicyDenominator;
            var loss = policySum;
            if (options.EntropyCoefficient != 0)
            {
                loss -= options.EntropyCoefficient * Masked.Sum(entropies, policyMask) / micro.PolicyDenominator;
            }

            var shared = value.Kind != ValueTrunk.Own;
            if (!shared)
            {
                // Two models have two gradients: what the first one keeps for its own is gone before the second one computes.
                CheckedBackward.Run(loss);
            }

            var valueLoss = ValueLosses.Clipped(
                forward.Values(value, hidden, valueMask),
                experience.Values.index_select(0, index),
                advantages.Returns.index_select(0, index),
                valueMask,
                options.ValueClipRange);
            var valueSum = Masked.Sum(valueLoss.Losses, valueMask) / micro.ValueDenominator;
            var weighted = options.ValueCoefficient * valueSum;
            CheckedBackward.Run(shared ? loss + weighted : weighted);
            statistics.Add(policySum, valueSum, entropies, policyLoss, valueLoss, policyMask, valueMask);
        }
    }

    private static Tensor Index(IReadOnlyList<int> rows, PpoExperience experience) =>
        tensor(rows.Select(row => (long)row).ToArray(), device: experience.Values.device);
}
