using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Losses;
using PreferenceTuning.Numerics;
using static PreferenceTuning.Tests.Goldens.GoldenValues;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Files like dpo_main.json: every pairwise loss on given token log-probs, with gradients, single pairs and metrics.</summary>
internal static class LossGoldensPreference
{
    private const string TokenMean = "sft";

    private static readonly string[] Known =
    [
        "loss_type", "loss_weights", "beta", "label_smoothing", "discopop_tau", "f_divergence_type", "f_alpha_divergence_coef", "ld_alpha",
        "use_weighting", "recipe",
    ];

    public static bool Matches(JsonElement json) =>
        json.Has("inputs", "cases", "B") && json.GetProperty("inputs").Has("policy_logps", "ref_logps", "completion_mask");

    public static IEnumerable<Golden> Cases(JsonElement json)
    {
        // Sums of ten thousand nats have 1e-3 absolute error in float32: the file's own tolerance.
        var inputs = json.GetProperty("inputs");
        var isHuge = Numbers(inputs.GetProperty("policy_logps")).Any(logProb => Math.Abs(logProb) > 1000);
        foreach (var item in json.GetProperty("cases").EnumerateArray())
        {
            var options = item.GetProperty("options");
            var name = $"{item.GetProperty("id")} " +
            $"{string.Join(", ", options.EnumerateObject().Select(option => $"{option.Name} {Inline(option.Value)}"))}";
            var unknown = UnknownOption(options, Known) ?? Types(options).FirstOrDefault(
                type => type != TokenMean && Loss(type, options) is null);
            yield return unknown is not null || Score(options) is null
                ? Golden.NotRun(name, $"'{unknown ?? options.GetProperty("f_divergence_type").GetString()}' is not supported yet")
                : new Golden(name, precision => Check(inputs, item, precision, isHuge));
        }
    }

    private static void Check(JsonElement inputs, JsonElement item, ScalarType precision, bool isHuge)
    {
        var options = item.GetProperty("options");
        var batch = new Batch(inputs, options, precision);
        var total = Total(batch, options, Enumerable.Range(0, batch.Size));
        total.backward();
        var isExact = precision == ScalarType.Float64;
        var tolerance = Types(options).Contains("exo_pair") ? 1e-7 : isHuge ? 1e-10 : 1e-12;
        tolerance = isExact ? tolerance : isHuge ? 2e-4 : 1e-6;
        var expected = isExact || !item.TryGetProperty("loss_float32", out var single) || single.ValueKind == JsonValueKind.Null
            ? item.Number("loss") : Number(single);
        if (double.IsNaN(expected))
        {
            CheckOverflowingDiscoPop(total, batch, options);
        }
        else
        {
            Close(total.Scalar(), expected, tolerance, "loss");
            CheckGradient(batch, item, isExact, tolerance);
        }

        CheckSinglePairs(batch, options, item, tolerance, precision);
        CheckMetrics(batch, options, item, isExact ? 1e-6 : isHuge ? 2e-4 : 1e-6);
    }

    private static void CheckGradient(Batch batch, JsonElement item, bool isExact, double tolerance)
    {
        var expected = item.Values("grad", ScalarType.Float64).masked_fill(batch.Mask.logical_not(), 0);
        var actual = batch.Policy.grad!.masked_fill(batch.Mask.logical_not(), 0);
        if (!isExact && (Largest(expected) > float.MaxValue || !double.IsFinite(Largest(actual))))
        {
            Assert.That(Largest(expected), Is.GreaterThan(1e19), "only a square of such a gradient leaves float32");
            return;
        }

        // In float32 an entry is as exact as the largest one: the loss of one pair dwarfs the others.
        // A sum near 1e4 is exact to 1e-3 nats there, which beta carries into the argument of the sigmoid: five times the loss's tolerance.
        Close(
            actual, expected, isExact ? tolerance : Math.Max(1e-5, 5 * tolerance), "gradient",
            isExact ? 1 : Math.Max(1e-30, Largest(expected)));
    }

    private static void CheckSinglePairs(Batch batch, JsonElement options, JsonElement item, double tolerance, ScalarType precision)
    {
        if (!item.TryGetProperty("loss_of_each_pair_alone", out var alone))
        {
            return;
        }

        var isSingle = item.TryGetProperty("loss_of_each_pair_alone_dtype", out var dtype) && dtype.GetString() == "float32";
        for (var pair = 0; pair < batch.Size; pair++)
        {
            var expected = Number(alone[pair]);
            var total = Total(batch, options, [pair]).Scalar();
            if (double.IsNaN(expected))
            {
                Assert.That(
                    total, Is.GreaterThan(0).And.LessThan(double.PositiveInfinity),
                    $"pair {pair}: the library overflows, the limit is finite");
            }
            else if (precision == ScalarType.Float64 || Math.Abs(expected) < float.MaxValue)
            {
                Close(total, expected, isSingle ? Math.Max(tolerance, 1e-6) : tolerance, $"pair {pair} alone");
            }
        }
    }

    private static void CheckMetrics(Batch batch, JsonElement options, JsonElement item, double tolerance)
    {
        if (!item.TryGetProperty("metrics", out var metrics) || metrics.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var (policy, reference) = batch.Pairs(Enumerable.Range(0, batch.Size));
        var type = Types(options).First(candidate => candidate != TokenMean || Types(options).Length == 1);
        var result = (Loss(type, options) ?? Loss("sigmoid", options)!)(policy, reference);
        var measured = new Dictionary<string, Tensor>
        {
            ["rewards/chosen"] = result.ChosenRewards.mean(),
            ["rewards/rejected"] = result.RejectedRewards.mean(),
            ["rewards/margins"] = (result.ChosenRewards - result.RejectedRewards).mean(),
            ["rewards/accuracies"] = (result.ChosenRewards > result.RejectedRewards).to(ScalarType.Float64).mean(),
        };
        if (!options.Has("ld_alpha"))
        {
            measured["logps/chosen"] = policy.Chosen.mean();
            measured["logps/rejected"] = policy.Rejected.mean();
        }

        foreach (var (name, value) in measured.Where(metric => metrics.Has(metric.Key)))
        {
            var scale = name.StartsWith("rewards", StringComparison.Ordinal) ? Largest(result.ChosenRewards) + Largest(result.RejectedRewards) : 1;
            Close(value.Scalar(), metrics.Number(name), tolerance, name, scale);
        }
    }

    /// <summary>The library's exp(-z) overflows; the limit of the blend there is the logistic term, -z.</summary>
    private static void CheckOverflowingDiscoPop(Tensor total, Batch batch, JsonElement options)
    {
        Assert.That(Types(options), Is.EqualTo(new[] { "discopop" }), "no other loss may give NaN");
        var (policy, reference) = batch.Pairs(Enumerable.Range(0, batch.Size));
        var score = Score(options)!;
        var z = options.Number("beta") * (score(policy.Chosen - reference.Chosen) - score(policy.Rejected - reference.Rejected));
        var tau = options.Number("discopop_tau", 0.05);
        var expected = z.ToArray().Average(value =>
        {
            var share = 1 / (1 + Math.Exp(-value / tau));
            var logistic = value < 0 ? Math.Log(1 + Math.Exp(value)) - value : Math.Log(1 + Math.Exp(-value));
            return share == 0 || value < -80 ? logistic : ((1 - share) * logistic) + (share * Math.Exp(-value));
        });
        Close(total.Scalar(), expected, batch.Policy.dtype == ScalarType.Float64 ? 1e-10 : 2e-4, "loss in the limit");
        Assert.That(batch.Policy.grad!.isfinite().all().item<bool>(), Is.True, "gradient");
    }

    private static Tensor Total(Batch batch, JsonElement options, IEnumerable<int> rows)
    {
        var (policy, reference) = batch.Pairs(rows);
        var weights = options.TryGetProperty("loss_weights", out var given) && given.ValueKind == JsonValueKind.Array ? Numbers(given) : null;
        var pairWeights = options.IsTrue("use_weighting") ? batch.WpoWeights(rows) : ones_like(policy.Chosen);
        var total = zeros_like(policy.Chosen.sum());
        foreach (var (index, type) in Types(options).Index())
        {
            var losses = type == TokenMean ? batch.ChosenTokenMean(rows) : Loss(type, options)!(policy, reference).Losses;
            total = total + ((weights?[index] ?? 1) * (losses * pairWeights.detach()).mean());
        }

        return total;
    }

    private static string Inline(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? string.Join(" + ", value.EnumerateArray().Select(Inline)) : value.ToString();

    internal static string[] Types(JsonElement options) => options.GetProperty("loss_type") is { ValueKind: JsonValueKind.Array } types
        ? [.. types.EnumerateArray().Select(type => type.GetString()!)]
        : [options.GetProperty("loss_type").GetString()!];

    private static LogRatioScore? Score(JsonElement options) =>
        (options.TryGetProperty("f_divergence_type", out var type) ? type.GetString() : "reverse_kl") switch
        {
            "reverse_kl" or null => DivergenceScores.ReverseKl,
            "forward_kl" => DivergenceScores.ForwardKl,
            "js_divergence" => DivergenceScores.JensenShannon,
            "alpha_divergence" => DivergenceScores.Alpha(options.Number("f_alpha_divergence_coef", 0.5)),
            _ => null,
        };

    internal static PreferenceLossFunction? Loss(string type, JsonElement options)
    {
        var beta = options.Number("beta");
        var smoothing = options.Number("label_smoothing", 0);
        var tau = options.Number("discopop_tau", 0.05);
        var score = Score(options);
        return type switch
        {
            "sigmoid" => (p, r) => PreferenceLosses.Sigmoid(p, r, beta, score),
            "sigmoid_norm" => (p, r) => PreferenceLosses.SigmoidPerToken(p, r, beta, score),
            "hinge" => (p, r) => PreferenceLosses.Hinge(p, r, beta, score),
            "ipo" => (p, r) => PreferenceLosses.IpoPerToken(p, r, beta, score),
            "exo_pair" => (p, r) => PreferenceLosses.Exo(p, r, beta, smoothing, score),
            "robust" => (p, r) => PreferenceLosses.Robust(p, r, beta, smoothing, score),
            "discopop" => (p, r) => PreferenceLosses.DiscoPop(p, r, beta, tau, score),
            "nca_pair" => (p, r) => PreferenceLosses.Nca(p, r, beta),
            "bco_pair" => (p, r) => PreferenceLosses.Bco(p, r, beta),
            "sppo_hard" => (p, r) => PreferenceLosses.SppoHard(p, r, beta),
            "aot" => (p, r) => PreferenceLosses.Aot(p, r, beta, smoothing),
            "aot_unpaired" => (p, r) => PreferenceLosses.AotUnpaired(p, r, beta, smoothing),
            "apo_zero" => (p, r) => PreferenceLosses.ApoZero(p, r, beta),
            "apo_down" => (p, r) => PreferenceLosses.ApoDown(p, r, beta),
            _ => null,
        };
    }

    /// <summary>The given log-probs: B chosen rows, then B rejected rows.</summary>
    private sealed class Batch
    {
        private readonly Tensor _reference;
        private readonly Tensor _logSumSquares;
        private readonly double? _alpha;

        public Batch(JsonElement inputs, JsonElement options, ScalarType precision)
        {
            Policy = inputs.Trained("policy_logps", precision);
            _reference = inputs.Values("ref_logps", precision);
            _logSumSquares = inputs.Values("log_sum_sq_probs", precision);
            Mask = inputs.Mask("completion_mask")[TensorIndex.Colon, TensorIndex.Slice(1)];
            Size = (int)Policy.shape[0] / 2;
            _alpha = options.TryGetProperty("ld_alpha", out var alpha) && alpha.ValueKind == JsonValueKind.Number ? alpha.GetDouble() : null;
        }

        public Tensor Policy { get; }

        public Tensor Mask { get; }

        public int Size { get; }

        public (PairLogProbs Policy, PairLogProbs Reference) Pairs(IEnumerable<int> rows) => (Sums(Policy, rows), Sums(_reference, rows));

        public Tensor WpoWeights(IEnumerable<int> rows)
        {
            var weights = PreferenceWeights.Wpo(Policy, _logSumSquares, Mask);
            return weights[Chosen(rows)] * weights[Rejected(rows)];
        }

        public Tensor ChosenTokenMean(IEnumerable<int> rows)
        {
            var mask = Mask[Chosen(rows)];
            var losses = SupervisedLosses.NegativeLogLikelihood(Policy[Chosen(rows)], mask);
            return (losses.sum() / mask.sum()).expand(mask.shape[0]);
        }

        private PairLogProbs Sums(Tensor logProbs, IEnumerable<int> rows)
        {
            var (chosen, rejected) = (Chosen(rows), Rejected(rows));
            return _alpha is { } alpha
                ? PairLogProbs.LengthDesensitized(logProbs[chosen], Mask[chosen], logProbs[rejected], Mask[rejected], alpha)
                : PairLogProbs.FromTokens(logProbs[chosen], Mask[chosen], logProbs[rejected], Mask[rejected]);
        }

        private static Tensor Chosen(IEnumerable<int> rows) => tensor(rows.Select(row => (long)row).ToArray());

        private Tensor Rejected(IEnumerable<int> rows) => tensor(rows.Select(row => (long)row + Size).ToArray());
    }
}
