// The other places where a part of your own fits; docs/extending.md shows them one by one.
using System.Globalization;
using PreferenceTuning.Advantages;
using PreferenceTuning.Metrics;
using PreferenceTuning.Numerics;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;

namespace OwnLossAndReward;

/// <summary>An engine around an engine: of the several answers to each prompt only the best one comes back.</summary>
internal sealed class BestOf(IRolloutEngine inner, int answers, IRewardFunction reward) : IRolloutEngine
{
    public RolloutBatch Generate(PromptBatch prompts, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        var all = inner.Generate(prompts, cancellationToken); // the answers to one prompt stand together
        var best = reward.Score(all).view(-1, answers).argmax(1).data<long>();
        return all.Rows([.. best.Select((k, prompt) => (prompt * answers) + (int)k)]).MoveToOuterScope();
    }
}

/// <summary>An advantage without bootstrapping: what was earned from a token on, less what the value function expected.</summary>
internal sealed class RewardToGo : IAdvantageEstimator
{
    public AdvantageResult Estimate(AdvantageInputs inputs)
    {
        using var scope = NewDisposeScope();
        var outside = inputs.ResponseMask.logical_not();
        var rewards = inputs.TokenRewards.masked_fill(outside, 0);
        var returns = rewards.flip(1).cumsum(1).flip(1).masked_fill(outside, 0); // [B, T]
        var advantages = (returns - inputs.Values).masked_fill(outside, 0);
        return new AdvantageResult(advantages.MoveToOuterDisposeScope(), returns.MoveToOuterDisposeScope());
    }
}

/// <summary>A fence instead of a spring: drift is free up to a limit and expensive behind it.</summary>
internal sealed class Fence(double limit, double price) : KlController
{
    private double _coefficient;

    public override double Coefficient => _coefficient;

    public override void Update(double observedKl, int episodes) => _coefficient = observedKl > limit ? price : 0;
}

/// <summary>Parts that are functions.</summary>
internal static class Functions
{
    /// <summary>A reward-model loss over ranked answers: the best must beat every other one by a margin (a hinge).</summary>
    public static RankingLossFunction BestByMargin(double margin) => ranked =>
    {
        using var scope = NewDisposeScope();
        var isBest = ranked.Ranks.eq(0).logical_and(ranked.Mask); // [G, K]
        var best = Masked.Mean(ranked.Rewards, isBest, 1).unsqueeze(1);
        var missing = nn.functional.relu(margin - (best - ranked.Rewards));
        return Masked.Sum(missing, ranked.Mask.logical_and(isBest.logical_not()), 1).MoveToOuterDisposeScope(); // [G], not averaged
    };

    /// <summary>PPO in another order of operations: any part of a recipe can be replaced.</summary>
    public static PpoRecipe PlainRecipe { get; } = PpoRecipe.Default with
    {
        KlEstimator = KlEstimators.K3,
        AdvantageEstimator = new RewardToGo(),
    };
}

/// <summary>A sink that prints: numbers of a run can go anywhere.</summary>
internal sealed class Lines(TextWriter writer) : IMetricsSink
{
    public void Write(long step, IReadOnlyList<Metric> metrics) => writer.WriteLine(
        $"{step,4}  " + string.Join("  ", metrics.Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Name} {metric.Value:F3}"))));
}
