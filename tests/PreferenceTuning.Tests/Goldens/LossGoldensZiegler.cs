using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Advantages;
using PreferenceTuning.Losses;
using PreferenceTuning.Numerics;
using PreferenceTuning.Rewards;
using static PreferenceTuning.Tests.Goldens.GoldenValues;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>
/// Files like ppo_ziegler.json: one update of Ziegler et al. 2019 from responses to gradients, controllers, normalisation, rating
/// losses.
/// </summary>
internal static class LossGoldensZiegler
{
    public static bool Matches(JsonElement json) => json.Has("adaptive_kl_controller") || json.Has("reward_normalisation");

    public static IEnumerable<Golden> Cases(JsonElement json) => Golden.Sections(json, CheckOf, "an unknown part of the algorithm");

    private static Action<JsonElement, ScalarType>? CheckOf(string section) => section switch
    {
        "cases" => Update,
        "whitening" => Whitening,
        "adaptive_kl_controller" => Controller,
        "reward_normalisation" => Normalization,
        "scalar_label_losses" => Ratings,
        _ => null,
    };

    private static void Update(JsonElement item, ScalarType precision)
    {
        var options = item.GetProperty("options");
        var tolerance = Tolerance(precision);
        var cut = ResponseTruncation.AfterToken(
            item.Whole("responses"),
            options.GetProperty("truncate_token").GetInt64(),
            options.GetProperty("pad_token").GetInt64(),
            options.GetProperty("truncate_after").GetInt64());
        Assert.That(cut.Tokens.data<long>().ToArray(), Is.EqualTo(item.Whole("truncated_responses").data<long>().ToArray()));
        Assert.That(cut.HasEnd.data<bool>().ToArray(), Is.EqualTo(item.Mask("has_truncate_token").data<bool>().ToArray()));

        var scores = RewardShaping.ReplaceScoreWithoutEnd(
            item.Values("model_scores", precision), cut.HasEnd, options.Number("penalty_reward_value"));
        Close(scores, item.Values("scores", precision), tolerance, "scores");
        var kl = KlEstimators.K1(item.Values("logprobs", precision), item.Values("ref_logprobs", precision));
        Close(kl, item.Values("kl", precision), tolerance, "KL");
        Close(kl.sum(1).mean().Scalar(), item.Number("objective_kl"), tolerance, "KL of a response");
        var rewards = RewardShaping.TokenRewardsZiegler(scores, kl, options.Number("kl_coef"));
        Close(rewards, item.Values("rewards", precision), tolerance, "rewards");
        Losses(item, options, rewards, tolerance);
    }

    private static void Losses(JsonElement item, JsonElement options, Tensor rewards, double tolerance)
    {
        var precision = rewards.dtype;
        var everything = ones_like(rewards, ScalarType.Bool);
        if (options.GetProperty("whiten_rewards").GetBoolean())
        {
            rewards = Masked.ScaleToUnitVariance(rewards, everything, unbiased: false);
        }

        Close(rewards, item.Values("rewards_used", precision), tolerance, "rewards used");
        var estimated = new GeneralizedAdvantageEstimator(options.Number("gamma"), options.Number("lambda"))
            .Estimate(new(rewards, item.Values("values", precision), everything));
        Close(estimated.Advantages, item.Values("advantages_before_whitening", precision), tolerance, "advantages before whitening");
        Close(estimated.Returns, item.Values("returns", precision), tolerance, "returns");
        var advantages = AdvantageScaling.StandardizeZiegler(estimated.Advantages, everything);
        Close(advantages, item.Values("advantages", precision), tolerance, "advantages");
        Close(estimated.Returns.mean().Scalar(), item.Number("returns_mean"), tolerance, "mean return");
        Close(
            Masked.Variance(estimated.Returns, everything, unbiased: false).Scalar(), item.Number("returns_var"), tolerance,
            "variance of returns");

        var (policy, value) = (item.Trained("new_logprobs", precision), item.Trained("new_values", precision));
        var policyLoss = PolicyLosses.PpoClipped(
            policy, item.Values("logprobs", precision), advantages, everything, options.Number("cliprange"));
        var valueLoss = ValueLosses.Clipped(
            value, item.Values("values", precision), estimated.Returns, everything, options.Number("cliprange_value"));
        var total = policyLoss.Losses.mean() + (options.Number("vf_coef") * valueLoss.Losses.mean());
        total.backward();
        Close(policyLoss.Losses.mean().Scalar(), item.Number("policy_loss"), tolerance, "policy loss");
        Close(valueLoss.Losses.mean().Scalar(), item.Number("value_loss"), tolerance, "value loss");
        Close(total.Scalar(), item.Number("loss"), tolerance, "loss");
        Close(policyLoss.IsClipped.to(precision).mean().Scalar(), item.Number("policy_clipfrac"), tolerance, "clipped share, policy");
        Close(valueLoss.IsClipped.to(precision).mean().Scalar(), item.Number("value_clipfrac"), tolerance, "clipped share, value");
        Close((policyLoss.LogRatios.square().mean() / 2).Scalar(), item.Number("approxkl"), tolerance, "approximate KL");
        Close((value - estimated.Returns).square().mean().Scalar(), item.Number("value_error"), tolerance, "value error");
        Close(policy.grad!, item.Values("grad_new_logprobs", precision), tolerance, "gradient of the log-probs");
        Close(value.grad!, item.Values("grad_new_values", precision), tolerance, "gradient of the values");
    }

    private static void Whitening(JsonElement item, ScalarType precision)
    {
        var x = item.Values("values", precision);
        var everything = ones_like(x, ScalarType.Bool);
        Close(AdvantageScaling.StandardizeZiegler(x, everything), item.Values("whitened", precision), Tolerance(precision), "whitened");
        var kept = Masked.ScaleToUnitVariance(x, everything, unbiased: false);
        Close(kept, item.Values("whitened_keep_mean", precision), Tolerance(precision), "whitened, mean kept");
    }

    private static void Controller(JsonElement item, ScalarType precision)
    {
        var (target, horizon) = (item.Number("target"), item.Number("horizon"));
        var controller = new AdaptiveKlController(item.Number("initial_coefficient"), target, horizon);
        foreach (var step in item.GetProperty("steps").EnumerateArray())
        {
            var resumed = new AdaptiveKlController(controller.Coefficient, target, horizon);
            controller.Update(step.Number("observed_kl"), step.GetProperty("episodes").GetInt32());
            resumed.Update(step.Number("observed_kl"), step.GetProperty("episodes").GetInt32());
            Close(controller.Coefficient, step.Number("coefficient_after"), 1e-15, "coefficient");
            Assert.That(resumed.Coefficient, Is.EqualTo(controller.Coefficient), "resumed from the coefficient");
        }
    }

    private static void Normalization(JsonElement item, ScalarType precision)
    {
        var map = ScoreNormalization.FromStatistics(
            item.Number("old_mean"), item.Number("old_std"), item.Number("target_mean"), item.Number("target_std"));
        Close(map.Gain, item.Number("gain"), 1e-15, "gain");
        Close(map.Bias, item.Number("bias"), 1e-15, "bias");
        Close(map.Apply(item.Values("raw", precision)), item.Values("normalised", precision), Tolerance(precision), "normalised");
    }

    private static void Ratings(JsonElement item, ScalarType precision)
    {
        var rating = item.GetProperty("scalar_rating");
        var ratings = RewardModelLosses.SquaredRating(rating.Values("predicted", precision), rating.Values("label", precision));
        Close(ratings.mean().Scalar(), rating.Number("loss"), Tolerance(precision), "rating");
        var pair = item.GetProperty("scalar_comparison");
        var differences = RewardModelLosses.SquaredDifference(
            pair.Values("reward_sample0", precision), pair.Values("reward_sample1", precision), pair.Values("difference", precision));
        Close(differences.mean().Scalar(), pair.Number("loss"), Tolerance(precision), "comparison");
    }

    private static double Tolerance(ScalarType precision) => precision == ScalarType.Float64 ? 1e-12 : 1e-5;
}
