using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Losses;
using static PreferenceTuning.Tests.Goldens.GoldenValues;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>
/// Files like reward_bradley_terry.json, reward_ranking.json and reward_ties.json: losses of reward models with gradients.
/// </summary>
internal static class LossGoldensReward
{
    public static bool MatchesPairs(JsonElement json) => FirstCase(json).Has("rewards", "margin", "center_rewards_coefficient");

    public static bool MatchesRankings(JsonElement json) => FirstCase(json).Has("rewards", "ranking_best_first");

    public static bool MatchesTies(JsonElement json) => FirstCase(json).Has("reward_first", "reward_second", "outcomes");

    public static IEnumerable<Golden> Pairs(JsonElement json) => json.GetProperty("cases").EnumerateArray().Select((item, index) =>
        new Golden($"{index} {item.GetProperty("name").GetString()}", precision => Pair(item, precision)));

    public static IEnumerable<Golden> Rankings(JsonElement json)
    {
        foreach (var item in json.GetProperty("cases").EnumerateArray())
        {
            var name = $"{item.GetProperty("candidates")} candidates";
            if (item.TryGetProperty("plackett_luce", out var whole))
            {
                yield return new Golden($"{name}, Plackett-Luce", precision => Ranking(item, whole, null, precision));
            }

            foreach (var part in item.TryGetProperty("top_k_truncations", out var parts) ? parts.EnumerateArray() : default)
            {
                var top = part.GetProperty("top").GetInt32();
                yield return new Golden($"{name}, top {top}", precision => Ranking(item, part, top, precision));
            }

            if (item.TryGetProperty("pick_best", out var best))
            {
                yield return new Golden($"{name}, pick best", precision => PickBest(item, best, precision));
            }
        }
    }

    public static IEnumerable<Golden> Ties(JsonElement json)
    {
        foreach (var item in json.GetProperty("cases").EnumerateArray())
        {
            var model = item.GetProperty("model").GetString()!;
            foreach (var outcome in item.GetProperty("outcomes").EnumerateObject())
            {
                var name = $"{model} {item.Number("nu", double.NaN)} {item.Number("theta", double.NaN)} {outcome.Name}";
                yield return model is "davidson" or "rao_kupper" && Outcome(outcome.Name) is { } code
                    ? new Golden(name, precision => Tie(item, model, code, outcome.Value, precision))
                    : Golden.NotRun(name, "an unknown model or outcome");
            }
        }
    }

    private static void Pair(JsonElement item, ScalarType precision)
    {
        var rewards = item.Trained("rewards", precision);
        var halves = rewards.chunk(2);
        var margin = item.GetProperty("margin").ValueKind == JsonValueKind.Null ? null : item.Values("margin", precision);
        var losses = RewardModelLosses.BradleyTerry(halves[0], halves[1], margin)
            + (item.Number("center_rewards_coefficient", 0) * RewardModelLosses.Centering(halves[0], halves[1]));
        losses.mean().backward();
        var isExact = precision == ScalarType.Float64;
        Close(losses.mean().Scalar(), item.Number(isExact ? "loss" : "loss_float32"), isExact ? 1e-12 : 1e-6, "loss");
        Close(rewards.grad!, item.Values("grad", ScalarType.Float64), isExact ? 1e-12 : 1e-6, "gradient");
        var metrics = item.GetProperty("metrics");
        Close((halves[0] > halves[1]).to(ScalarType.Float64).mean().Scalar(), metrics.Number("accuracy"), 1e-7, "accuracy");
        Close((halves[0] - halves[1]).mean().Scalar(), metrics.Number("margin"), 1e-6, "margin");
    }

    private static void Ranking(JsonElement item, JsonElement expected, int? top, ScalarType precision)
    {
        var rewards = item.Trained("rewards", precision);
        var ranks = item.Whole("ranking_best_first").argsort(1);
        var losses = RewardModelLosses.PlackettLuce(rewards, ranks, ones_like(ranks, ScalarType.Bool), top);
        Compare(losses, rewards, expected, precision);
    }

    private static void PickBest(JsonElement item, JsonElement expected, ScalarType precision)
    {
        var rewards = item.Trained("rewards", precision);
        Compare(RewardModelLosses.PickBest(rewards, expected.Whole("best")), rewards, expected, precision);
    }

    private static void Compare(Tensor losses, Tensor rewards, JsonElement expected, ScalarType precision)
    {
        losses.mean().backward();
        var tolerance = precision == ScalarType.Float64 ? 1e-12 : 1e-6;
        Close(losses, expected.Values("loss_per_ranking", ScalarType.Float64), tolerance, "loss of each ranking");
        Close(losses.mean().Scalar(), expected.Number("loss"), tolerance, "loss");
        Close(rewards.grad!, expected.Values("grad", ScalarType.Float64), tolerance, "gradient");
    }

    private static void Tie(JsonElement item, string model, long outcome, JsonElement expected, ScalarType precision)
    {
        var (first, second) = (item.Trained("reward_first", precision), item.Trained("reward_second", precision));
        var outcomes = full(first.shape, outcome, ScalarType.Int64);
        var isDavidson = model == "davidson";
        var threshold = tensor(Math.Log(item.Number(isDavidson ? "nu" : "theta")), precision).expand(first.shape).clone().requires_grad_();
        var losses = isDavidson
            ? RewardModelLosses.Davidson(first, second, outcomes, threshold)
            : RewardModelLosses.RaoKupper(first, second, outcomes, threshold);
        losses.sum().backward();
        var tolerance = precision == ScalarType.Float64 ? 1e-12 : 1e-6;
        Close(losses, expected.Values("nll", ScalarType.Float64), tolerance, "loss");
        Close(first.grad!, expected.Values("grad_first", ScalarType.Float64), tolerance, "gradient of the first");
        Close(second.grad!, expected.Values("grad_second", ScalarType.Float64), tolerance, "gradient of the second");
        if (isDavidson)
        {
            Close(threshold.grad!, expected.Values("grad_log_nu", ScalarType.Float64), tolerance, "gradient of log nu");
        }
    }

    private static long? Outcome(string name) => name switch { "first_wins" => 1, "second_wins" => -1, "tie" => 0, _ => null };
}
