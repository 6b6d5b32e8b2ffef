using PreferenceTuning.Numerics;
using static PreferenceTuning.Numerics.LogSpace;
using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>
/// Losses of a reward model over the rewards it gives to whole responses, unreduced: one loss per pair, rating or ranking. This part
/// holds pairs and ratings; rankings are in <see cref="PlackettLuce"/> and <see cref="PickBest"/>.
/// </summary>
public static partial class RewardModelLosses
{
    /// <summary>
    /// Bradley-Terry: <c>-log sigmoid(chosen - rejected - margin)</c>. Ouyang et al. 2022, arXiv:2203.02155, eq. 1; the margin: Touvron
    /// et al. 2023 (Llama 2), arXiv:2307.09288, eq. 2.
    /// </summary>
    /// <param name="chosen">[B]: rewards of the chosen responses.</param>
    /// <param name="rejected">[B]: rewards of the rejected responses.</param>
    /// <param name="margin">[B], in units of the reward: how clearly better the chosen one is; not given = 0.</param>
    /// <returns>[B], nats.</returns>
    public static Tensor BradleyTerry(Tensor chosen, Tensor rejected, Tensor? margin = null)
    {
        CheckPair(chosen, rejected);
        using var scope = NewDisposeScope();
        var difference = chosen - rejected;
        if (margin is not null)
        {
            Check.SameShape(margin, chosen);
            difference = difference - margin;
        }

        return LogSigmoid(difference).neg().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Bradley-Terry with a soft label: <c>-p log sigmoid(d) - (1 - p) log sigmoid(-d)</c>, <c>d = first - second</c>. 0.5 is a tie,
    /// the share of annotators who chose the first is a vote, 1 - eps is label smoothing. The cross-entropy of the Bradley-Terry
    /// probability.
    /// </summary>
    /// <param name="first">[B]: rewards of the first responses.</param>
    /// <param name="second">[B]: rewards of the second responses.</param>
    /// <param name="firstIsBetter">[B], in [0, 1]: the probability that the first is the better one.</param>
    /// <returns>[B], nats.</returns>
    public static Tensor BradleyTerrySoft(Tensor first, Tensor second, Tensor firstIsBetter)
    {
        CheckPair(first, second);
        Check.SameShape(firstIsBetter, first);
        using var scope = NewDisposeScope();
        var difference = first - second;
        var losses = (firstIsBetter * LogSigmoid(difference)) + ((1 - firstIsBetter) * LogSigmoid(difference.neg()));
        return losses.neg().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The centring term <c>(chosen + rejected)^2</c>, which pulls the mean reward to 0; add it with a small weight, 0.01 in the
    /// source. Eisenstein et al. 2023, arXiv:2312.09244; TRL's <c>center_rewards_coefficient</c>.
    /// </summary>
    /// <param name="chosen">[B]: rewards of the chosen responses.</param>
    /// <param name="rejected">[B]: rewards of the rejected responses.</param>
    /// <returns>[B], in squared units of the reward.</returns>
    public static Tensor Centering(Tensor chosen, Tensor rejected)
    {
        CheckPair(chosen, rejected);
        using var scope = NewDisposeScope();
        return (chosen + rejected).square().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Squared error to a rating: <c>(reward - rating)^2</c>. lm-human-preferences, label type <c>scalar_rating</c> (the code of
    /// Ziegler et al. 2019).
    /// </summary>
    /// <param name="rewards">[B].</param>
    /// <param name="ratings">[B], in units of the reward.</param>
    /// <returns>[B], in squared units of the reward.</returns>
    public static Tensor SquaredRating(Tensor rewards, Tensor ratings)
    {
        CheckPair(rewards, ratings);
        using var scope = NewDisposeScope();
        return (rewards - ratings).square().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Squared error of a difference: <c>(difference - (second - first))^2</c>. lm-human-preferences, label type <c>scalar_compare</c>
    /// (the code of Ziegler et al. 2019).
    /// </summary>
    /// <param name="first">[B]: rewards of the first responses.</param>
    /// <param name="second">[B]: rewards of the second responses.</param>
    /// <param name="differences">[B], in units of the reward: by how much people rate the second above the first.</param>
    /// <returns>[B], in squared units of the reward.</returns>
    public static Tensor SquaredDifference(Tensor first, Tensor second, Tensor differences)
    {
        CheckPair(first, second);
        Check.SameShape(differences, first);
        using var scope = NewDisposeScope();
        return (differences - (second - first)).square().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Davidson's model with ties, strength = exp(reward): <c>p(first) = e^a / (e^a + e^b + nu e^((a+b)/2))</c>,
    /// <c>p(tie) = nu e^((a+b)/2) / (same)</c>. Davidson 1970, JASA 65(329), 317-328. The negative log-likelihood of each outcome.
    /// </summary>
    /// <param name="first">[B]: rewards of the first responses.</param>
    /// <param name="second">[B]: rewards of the second responses.</param>
    /// <param name="outcomes">[B] int64: 1 = the first won, -1 = the second won, 0 = a tie.</param>
    /// <param name="logNu">Scalar, may be trained: the log of the tie parameter.</param>
    /// <returns>[B], nats.</returns>
    public static Tensor Davidson(Tensor first, Tensor second, Tensor outcomes, Tensor logNu)
    {
        CheckOutcomes(first, second, outcomes);
        using var scope = NewDisposeScope();
        var tie = ((first + second) / 2) + logNu;
        var numerator = where(outcomes > 0, first, where(outcomes < 0, second, tie));
        return (stack([first, second, tie]).logsumexp(0) - numerator).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The model with ties of Rao and Kupper, strength = exp(reward): <c>p(first) = e^a / (e^a + theta e^b)</c>, the rest is a tie. Rao
    /// and Kupper 1967, JASA 62(317), 194-204. The negative log-likelihood of each outcome; theta 1 is Bradley-Terry, where a tie is
    /// impossible (infinite loss).
    /// </summary>
    /// <param name="first">[B]: rewards of the first responses.</param>
    /// <param name="second">[B]: rewards of the second responses.</param>
    /// <param name="outcomes">[B] int64: 1 = the first won, -1 = the second won, 0 = a tie.</param>
    /// <param name="logTheta">Scalar of at least 0, may be trained: the log of the threshold, in units of the reward.</param>
    /// <returns>[B], nats.</returns>
    public static Tensor RaoKupper(Tensor first, Tensor second, Tensor outcomes, Tensor logTheta)
    {
        CheckOutcomes(first, second, outcomes);
        using var scope = NewDisposeScope();
        var firstWins = LogSigmoid(first - second - logTheta).neg();
        var secondWins = LogSigmoid(second - first - logTheta).neg();
        // Where there is no tie the threshold is replaced by 1: at theta 1 the gradient of log(theta^2 - 1) is infinite.
        var threshold = where(outcomes == 0, logTheta.expand(first.shape), ones_like(first));
        var tie = firstWins + secondWins - (2 * threshold).expm1().log();
        return where(outcomes > 0, firstWins, where(outcomes < 0, secondWins, tie)).MoveToOuterDisposeScope();
    }

    private static void CheckPair(Tensor chosen, Tensor rejected)
    {
        Check.Rank(chosen, 1);
        Check.FloatingPoint(chosen);
        Check.SameShape(rejected, chosen);
    }

    private static void CheckOutcomes(Tensor first, Tensor second, Tensor outcomes)
    {
        CheckPair(first, second);
        Check.SameShape(outcomes, first);
        if (outcomes.is_floating_point() || outcomes.dtype == ScalarType.Bool)
        {
            throw new ArgumentException(
                $"'outcomes' has type {outcomes.dtype}; whole numbers were expected: 1 = the first won, -1 = the second won, 0 = a tie.",
                nameof(outcomes));
        }
    }
}
