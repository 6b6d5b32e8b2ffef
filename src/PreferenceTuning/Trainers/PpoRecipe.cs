using PreferenceTuning.Advantages;
using PreferenceTuning.Numerics;
using PreferenceTuning.Rewards;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>
/// The places where published PPO implementations differ, each as one part; <see cref="Default"/>, <see cref="Ziegler"/> and
/// <see cref="Trl"/> are named sets of them. The trainer itself has no branches on names.
/// </summary>
public sealed record PpoRecipe
{
    /// <summary>Per-token KL estimate from (log-probs, reference log-probs), [B, T] nats.</summary>
    public required Func<Tensor, Tensor, Tensor> KlEstimator { get; init; }

    /// <summary>From the response mask [B, T] to the mask of tokens that count in policy loss and KL penalty.</summary>
    public required Func<Tensor, Tensor> PolicyMask { get; init; }

    /// <summary>From the response mask [B, T] to the mask of positions that have a value.</summary>
    public required Func<Tensor, Tensor> ValueMask { get; init; }

    /// <summary>Token rewards [B, T] from (scores [B], KL [B, T], response mask [B, T], coefficient).</summary>
    public required Func<Tensor, Tensor, Tensor, double, Tensor> TokenRewards { get; init; }

    /// <summary>Rescales token rewards [B, T] under the value mask.</summary>
    public required Func<Tensor, Tensor, Tensor> ScaleRewards { get; init; }

    /// <summary>Standardises advantages [B, T] under the policy mask.</summary>
    public required Func<Tensor, Tensor, Tensor> ScaleAdvantages { get; init; }

    /// <summary>
    /// Whether rewards and advantages are standardised over the whole rollout once, or over each mini-batch each time it is visited.
    /// </summary>
    public required AdvantageScope AdvantageScope { get; init; }

    /// <summary>Discount of future rewards per token (gamma). Default 1.</summary>
    public double Discount { get; init; } = 1;

    /// <summary>Decay of the advantage estimator (lambda of GAE, Schulman et al. 2016). Default 0.95.</summary>
    public double Lambda { get; init; } = 0.95;

    /// <summary>
    /// How advantages are estimated; null is generalised advantage estimation with <see cref="Discount"/> and <see cref="Lambda"/>. An
    /// estimator that is given here has its own numbers, and those two are not read.
    /// </summary>
    public IAdvantageEstimator? AdvantageEstimator { get; init; }

    /// <summary>
    /// Ours: as TRL, but the score lands on the token that ended the response, values count on response tokens only, and the losses
    /// are divided once by the token count of the whole optimizer batch, so that micro-batches do not change the gradient.
    /// </summary>
    public static PpoRecipe Default { get; } = new()
    {
        KlEstimator = KlEstimators.K1,
        PolicyMask = mask => mask,
        ValueMask = mask => mask,
        TokenRewards = RewardShaping.TokenRewards,
        ScaleRewards = (rewards, _) => rewards,
        ScaleAdvantages = AdvantageScaling.StandardizeTrl,
        AdvantageScope = AdvantageScope.Rollout,
    };

    /// <summary>
    /// Ziegler et al. 2019 (lm-human-preferences): fixed-length responses, every position counts, score at the last position,
    /// rewards scaled and advantages standardised over each mini-batch with the population variance. Give it an engine without stop tokens
    /// and a reward function that truncates (see <see cref="TruncatedRewardFunction"/>) and replaces the score of unfinished ones.
    /// </summary>
    public static PpoRecipe Ziegler { get; } = new()
    {
        KlEstimator = KlEstimators.K1,
        PolicyMask = Everything,
        ValueMask = Everything,
        TokenRewards = (scores, kl, _, coefficient) => RewardShaping.TokenRewardsZiegler(scores, kl, coefficient),
        ScaleRewards = (rewards, mask) => Masked.ScaleToUnitVariance(rewards, mask, unbiased: false),
        ScaleAdvantages = AdvantageScaling.StandardizeZiegler,
        AdvantageScope = AdvantageScope.MiniBatch,
    };

    /// <summary>
    /// TRL's PPO trainer (1.9): the score lands one position after the last token where there is room, and that position has a value;
    /// advantages standardised over the rollout with the sample variance.
    /// </summary>
    public static PpoRecipe Trl { get; } = Default with
    {
        ValueMask = WithNextPosition,
        TokenRewards = RewardShaping.TokenRewardsTrl,
    };

    /// <summary>TRL's PPO trainer with <c>whiten_rewards</c>.</summary>
    public static PpoRecipe TrlWhitenedRewards { get; } = Trl with
    {
        ScaleRewards = (rewards, mask) => Masked.ScaleToUnitVariance(rewards, mask, unbiased: true),
    };

    private static Tensor Everything(Tensor mask) => ones_like(mask);

    private static Tensor WithNextPosition(Tensor mask)
    {
        using var scope = NewDisposeScope();
        var position = arange(mask.shape[1], device: mask.device).unsqueeze(0);
        return position.le(Masked.LastTrue(mask).unsqueeze(1) + 1).MoveToOuterDisposeScope();
    }
}

/// <summary>Over which rows rewards and advantages are standardised.</summary>
public enum AdvantageScope
{
    /// <summary>The whole rollout, once.</summary>
    Rollout,

    /// <summary>The rows of each optimizer step, each time.</summary>
    MiniBatch,
}
