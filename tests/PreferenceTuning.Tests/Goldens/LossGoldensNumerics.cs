using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Losses;
using PreferenceTuning.Numerics;
using static PreferenceTuning.Tests.Goldens.GoldenValues;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>
/// Files like logprobs_entropy_kl.json (its KL part) and numerics.json: estimators and elementary functions at the edges.
/// </summary>
internal static class LossGoldensNumerics
{
    public static bool MatchesKl(JsonElement json) => json.Has("kl_cases");

    public static bool Matches(JsonElement json) => json.Has("log1mexp") || json.Has("k3") || json.Has("logsigmoid");

    public static IEnumerable<Golden> Kl(JsonElement json)
    {
        yield return Golden.NotRun("log-probs and entropies", "checked by the tests of token log-probs");
        foreach (var (index, item) in json.GetProperty("kl_cases").EnumerateArray().Index())
        {
            yield return new Golden($"KL {index}", precision => CheckKl(item, precision));
        }
    }

    public static IEnumerable<Golden> Cases(JsonElement json)
    {
        foreach (var section in json.EnumerateObject())
        {
            switch (section.Name)
            {
                case "log1mexp":
                    yield return new Golden("log(1 - exp(x))", precision => Table(section.Value, "x", LogSpace.Log1MinusExp, precision));
                    break;
                case "k3":
                    yield return new Golden(
                        "k3", precision => Table(section.Value, "d", d => KlEstimators.K3(zeros_like(d), d), precision));
                    break;
                case "logsigmoid":
                    yield return new Golden("log sigmoid, by Bradley-Terry", precision => Table(section.Value, "x", LogSigmoid, precision));
                    break;
                case "logsumexp":
                    foreach (var (index, item) in section.Value.EnumerateArray().Index())
                    {
                        yield return new Golden($"log-sum-exp {index}, by pick-best", precision => LogSumExp(item, precision));
                    }

                    break;
                default:
                    if (section.Value.ValueKind is JsonValueKind.Object && section.Value.Has("exact"))
                    {
                        yield return Golden.NotRun(section.Name, "an unknown function");
                    }

                    break;
            }
        }
    }

    private static void CheckKl(JsonElement item, ScalarType precision)
    {
        var tolerance = precision == ScalarType.Float64 ? 1e-12 : 1e-6;
        var (policy, reference) = (item.Values("policy_logp", precision), item.Values("ref_logp", precision));
        Close(KlEstimators.K1(policy, reference), item.Values("k1", precision), tolerance, "k1");
        Close(KlEstimators.K2(policy, reference), item.Values("k2", precision), tolerance, "k2");
        Close(KlEstimators.K3(policy, reference), item.Values("k3", precision), tolerance, "k3");
        var (logits, refLogits) = (item.Values("policy_logits", precision), item.Values("ref_logits", precision));
        Close(KlEstimators.Exact(logits, refLogits).Scalar(), item.Number("kl_policy_ref_exact"), tolerance, "exact");
        Close(KlEstimators.Exact(refLogits, logits).Scalar(), item.Number("kl_ref_policy_exact"), tolerance, "exact, other direction");
    }

    /// <summary>
    /// Against 60-digit values: 1e-14 relative in float64; in float32 from the rounded argument, where that is still in range.
    /// </summary>
    private static void Table(JsonElement table, string argument, Func<Tensor, Tensor> function, ScalarType precision)
    {
        var (given, expected) = (Numbers(table.GetProperty(argument)), Numbers(table.GetProperty("exact")));
        for (var i = 0; i < given.Length; i++)
        {
            var x = tensor(given[i], precision).reshape(1);
            if (Math.Abs(x.Scalar() - given[i]) > 1e-7 * Math.Abs(given[i]))
            {
                continue; // float32 has no such number
            }

            var actual = function(x).Scalar();
            if (precision == ScalarType.Float32 && Math.Abs(expected[i]) > float.MaxValue)
            {
                Assert.That(actual, Is.EqualTo(expected[i] > 0 ? double.PositiveInfinity : double.NegativeInfinity), $"{given[i]}");
                continue;
            }

            // Below the smallest normal number of the precision there is nothing to be relative to.
            var (tolerance, smallest) = precision == ScalarType.Float64 ? (1e-14, 1e-300) : (1e-6, 1e-37);
            if (expected[i] == 0)
            {
                // The 60 digits of the reference end at 1e-60: log(1 - exp(-200)) is -1.4e-87, and stored as 0.
                Assert.That(actual, Is.EqualTo(0).Within(1e-60), $"at {given[i]:R}");
                continue;
            }

            Close(actual, expected[i], tolerance * Condition(argument, given[i], precision), $"at {given[i]:R}", smallest);
        }
    }

    // exp(x) amplifies the rounding of the argument to float32 by |x|.
    private static double Condition(string argument, double x, ScalarType precision) =>
        argument == "d" && precision == ScalarType.Float32 ? Math.Max(1, Math.Abs(x)) : 1;

    private static Tensor LogSigmoid(Tensor x) => RewardModelLosses.BradleyTerry(x, zeros_like(x)).neg();

    private static void LogSumExp(JsonElement item, ScalarType precision)
    {
        var x = item.Values("x", precision).unsqueeze(0);
        var expected = item.Values("log_softmax", ScalarType.Float64).ToArray();
        for (var i = 0; i < expected.Length; i++)
        {
            var actual = -RewardModelLosses.PickBest(x, tensor(new long[] { i })).Scalar();
            var isRounded = precision == ScalarType.Float32 && Math.Abs(expected[i]) > float.MaxValue;
            Close(
                actual, isRounded ? double.NegativeInfinity : expected[i], precision == ScalarType.Float64 ? 1e-13 : 2e-5,
                $"candidate {i}");
        }
    }
}
