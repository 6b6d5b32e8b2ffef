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
/// Files like ppo_trl_k1_two_minibatches_f64.json, the arithmetic between the models: from recorded log-probs, values and scores to
/// rewards, advantages and the loss of each micro-batch. The models and the optimizer are the trainer's tests.
/// </summary>
internal static class LossGoldensPpoTraces
{
    public static bool Matches(JsonElement json) => json.Has("updates", "config", "optimizer_groups");

    public static IEnumerable<Golden> Cases(JsonElement json)
    {
        yield return Golden.NotRun("models and optimizer", "the trainer's tests reproduce the whole run");
        var config = json.GetProperty("config");
        foreach (var (index, update) in json.GetProperty("updates").EnumerateArray().Index())
        {
            yield return config.GetProperty("kl_estimator").GetString() is "k1" or "k3"
                ? new Golden($"arithmetic of update {index + 1}", precision => Update(update, config), Only: ScalarType.Float64)
                : Golden.NotRun($"arithmetic of update {index + 1}", "an unknown KL estimator");
        }
    }

    private static void Update(JsonElement update, JsonElement config)
    {
        // Recorded float32 numbers, recomputed in float64; the library's Bessel factor is float32.
        const double tolerance = 3e-6;
        var mask = update.Mask("padding_mask").logical_not();
        var maskAfter = update.Mask("padding_mask_p1").logical_not();
        var scores = RewardShaping.SubtractMissingEndPenalty(
            Read("scores_raw"), update.Mask("contain_eos_token"), config.Number("missing_eos_penalty", 0));
        Close(scores, Read("scores"), tolerance, "scores");
        var (logProbs, refLogProbs) = (Read("logprobs_raw"), Read("ref_logprobs_raw"));
        var kl = config.GetProperty("kl_estimator").GetString() == "k1"
            ? KlEstimators.K1(logProbs, refLogProbs)
            : KlEstimators.K3(logProbs, refLogProbs);
        var rewards = RewardShaping.TokenRewardsTrl(scores, kl, mask, config.Number("kl_coef"));
        Close(rewards, Read("rewards_before_whitening"), tolerance, "rewards before whitening");
        if (config.GetProperty("whiten_rewards").GetBoolean())
        {
            rewards = Masked.ScaleToUnitVariance(rewards, maskAfter, unbiased: true);
        }

        Close(rewards, Read("rewards"), tolerance, "rewards");
        var estimated = new GeneralizedAdvantageEstimator(config.Number("gamma"), config.Number("lam"))
            .Estimate(new(rewards, Read("values_raw"), maskAfter));
        Close(estimated.Advantages, Read("advantages_before_whitening"), tolerance, "advantages before whitening");
        Close(estimated.Returns, Read("returns"), tolerance, "returns");
        var advantages = AdvantageScaling.StandardizeTrl(estimated.Advantages, mask);
        Close(advantages, Read("advantages"), tolerance, "advantages");
        foreach (var micro in update.GetProperty("epochs").EnumerateArray().SelectMany(epoch => epoch.GetProperty("micro_batches").EnumerateArray()))
        {
            MicroBatch(micro, logProbs, Read("values_raw"), advantages, estimated.Returns, mask, maskAfter, config);
        }

        Tensor Read(string name) => update.Values(name, ScalarType.Float64);
    }

    private static void MicroBatch(
        JsonElement micro, Tensor logProbs, Tensor values, Tensor advantages, Tensor returns, Tensor mask, Tensor maskAfter, JsonElement config)
    {
        var rows = micro.Whole("indices");
        var policy = PolicyLosses.PpoClipped(
            micro.Values("new_logprobs", ScalarType.Float64), logProbs[rows], advantages[rows], mask[rows], config.Number("cliprange"));
        var value = ValueLosses.Clipped(
            micro.Values("vpred", ScalarType.Float64), values[rows], returns[rows], maskAfter[rows], config.Number("cliprange_value"));
        var policyLoss = Masked.Mean(policy.Losses, mask[rows]).Scalar();
        var valueLoss = Masked.Mean(value.Losses, maskAfter[rows]).Scalar();
        Close(policyLoss, micro.Number("pg_loss"), 5e-6, "policy loss");
        Close(valueLoss, micro.Number("vf_loss"), 5e-6, "value loss");
        Close(policyLoss + (config.Number("vf_coef") * valueLoss), micro.Number("loss"), 5e-6, "loss");

        // The library's mean covers masked positions too, where the difference is 0.
        Close((policy.LogRatios.square().mean() / 2).Scalar(), micro.Number("approxkl"), 1e-6, "approximate KL");
        Close(Share(policy.IsClipped, mask[rows]), micro.Number("pg_clipfrac"), 1e-6, "clipped share, policy");
        Close(Share(value.IsClipped, maskAfter[rows]), micro.Number("vf_clipfrac"), 1e-6, "clipped share, value");
    }

    private static double Share(Tensor flags, Tensor mask) => Masked.Mean(flags.to(ScalarType.Float64), mask).Scalar();
}
