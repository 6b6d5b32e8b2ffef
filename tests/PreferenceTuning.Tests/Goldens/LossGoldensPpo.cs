using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Advantages;
using PreferenceTuning.Losses;
using PreferenceTuning.Numerics;
using PreferenceTuning.Rewards;
using static PreferenceTuning.Tests.Goldens.GoldenValues;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Files like ppo_functions.json: the building blocks of TRL's PPO.</summary>
internal static class LossGoldensPpo
{
    public static bool Matches(JsonElement json) => json.Has("clipped_losses") || json.Has("gae") || json.Has("first_true_indices");

    public static IEnumerable<Golden> Cases(JsonElement json) => Golden.Sections(json, CheckOf, "an unknown kind of PPO function");

    private static Action<JsonElement, ScalarType>? CheckOf(string section) => section switch
    {
        "whitening" => Whitening,
        "first_true_indices" => FirstTrue,
        "truncate_response" => Truncate,
        "gae" => Gae,
        "clipped_losses" => Clipped,
        _ => null,
    };

    private static void Whitening(JsonElement item, ScalarType precision)
    {
        // The library rounds the Bessel factor to float32.
        var tolerance = precision == ScalarType.Float64 ? 5e-7 : 1e-5;
        var (x, mask) = (item.Values("values", precision), item.Mask("mask"));
        Close(Masked.Mean(x, mask).Scalar(), item.Number("masked_mean"), tolerance, "mean");
        Close(Masked.Mean(x, mask, 1), item.Values("masked_mean_axis1", precision), tolerance, "mean of each row");
        Close(Masked.Variance(x, mask, unbiased: true).Scalar(), item.Number("masked_var"), tolerance, "variance");
        Close(Masked.Variance(x, mask, unbiased: false).Scalar(), item.Number("masked_var_biased"), tolerance, "population variance");

        // The library leaves numbers outside the mask and overwrites them later; ours are 0 there.
        Kept(Masked.Standardize(x, mask, unbiased: true), item.Values("masked_whiten", precision));
        Kept(Masked.ScaleToUnitVariance(x, mask, unbiased: true), item.Values("masked_whiten_keep_mean", precision));
        Kept(AdvantageScaling.StandardizeTrl(x, mask), item.Values("masked_whiten", precision));

        void Kept(Tensor actual, Tensor expected) =>
            Close(actual, expected.masked_fill(mask.logical_not(), 0), tolerance, "whitened", Largest(expected[mask]));
    }

    private static void FirstTrue(JsonElement item, ScalarType precision) =>
        Assert.That(
            Masked.FirstTrue(item.Mask("bools")).data<long>().ToArray(),
            Is.EqualTo(item.Whole("first_true_indices").data<long>().ToArray()));

    private static void Truncate(JsonElement item, ScalarType precision)
    {
        var (end, pad) = (item.GetProperty("stop_token_id").GetInt64(), item.GetProperty("pad_token_id").GetInt64());
        var cut = ResponseTruncation.AfterToken(item.Whole("responses"), end, pad);
        Assert.That(cut.Tokens.data<long>().ToArray(), Is.EqualTo(item.Whole("truncated").data<long>().ToArray()));
    }

    private static void Gae(JsonElement item, ScalarType precision)
    {
        var estimator = new GeneralizedAdvantageEstimator(item.Number("gamma"), item.Number("lambda"));
        var rewards = item.Values("rewards", precision);
        var result = estimator.Estimate(new(rewards, item.Values("values", precision), ones_like(rewards, ScalarType.Bool)));
        var tolerance = precision == ScalarType.Float64 ? 1e-12 : 1e-5;
        Close(result.Advantages, item.Values("advantages", precision), tolerance, "advantages");
        Close(result.Returns, item.Values("returns", precision), tolerance, "returns");
    }

    private static void Clipped(JsonElement item, ScalarType precision)
    {
        var (policy, value) = (item.Trained("new_logps", precision), item.Trained("new_values", precision));
        var mask = item.Mask("mask_true_is_valid");
        var policyLoss = PolicyLosses.PpoClipped(
            policy, item.Values("old_logps", precision), item.Values("advantages", precision), mask, item.Number("cliprange"));
        var valueLoss = ValueLosses.Clipped(
            value, item.Values("old_values", precision), item.Values("returns", precision), mask, item.Number("cliprange_value"));
        var (policyMean, valueMean) = (Masked.Mean(policyLoss.Losses, mask), Masked.Mean(valueLoss.Losses, mask));
        var total = policyMean + (item.Number("vf_coef") * valueMean);
        total.backward();

        var tolerance = precision == ScalarType.Float64 ? 1e-12 : 1e-5;
        Close(policyMean.Scalar(), item.Number("policy_loss"), tolerance, "policy loss");
        Close(valueMean.Scalar(), item.Number("value_loss"), tolerance, "value loss");
        Close(total.Scalar(), item.Number("loss"), tolerance, "loss");
        Close(policy.grad!, item.Values("grad_new_logps", precision), tolerance, "gradient of the log-probs");
        Close(value.grad!, item.Values("grad_new_values", precision), tolerance, "gradient of the values");

        // The library's fractions are float32.
        Close(Share(policyLoss.IsClipped, mask), item.Number("policy_clipfrac"), 1e-7, "clipped share, policy");
        Close(Share(valueLoss.IsClipped, mask), item.Number("value_clipfrac"), 1e-7, "clipped share, value");
        var everywhere = ones_like(mask);
        var unmasked = PolicyLosses.PpoClipped(
            policy, item.Values("old_logps", precision), item.Values("advantages", precision), everywhere, item.Number("cliprange"));
        Close((unmasked.LogRatios.square().mean() / 2).Scalar(), item.Number("approxkl_unmasked"), tolerance, "approximate KL");
    }

    private static double Share(Tensor flags, Tensor mask) => Masked.Mean(flags.to(ScalarType.Float64), mask).Scalar();
}
