using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using static PreferenceTuning.Tests.Goldens.GoldenValues;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>
/// Files like optimizers.json, adam_epsilon_inside.json and bf16_master_weights.json: parameters after each step with given gradients.
/// </summary>
internal static class OptimizationGoldensSteps
{
    public static bool MatchesTrajectories(JsonElement json) => json.Has("initial", "gradients") && FirstCase(json).Has("kind", "steps");

    public static bool MatchesEpsilonInside(JsonElement json) =>
        json.Has("initial", "gradients") && FirstCase(json).Has("params_after_each_step");

    public static bool MatchesMasters(JsonElement json) => json.Has("initial_bfloat16", "gradients_bfloat16", "steps");

    public static IEnumerable<Golden> Trajectories(JsonElement json)
    {
        foreach (var item in json.GetProperty("cases").EnumerateArray())
        {
            var (kind, type) = (item.GetProperty("kind").GetString(), item.GetProperty("dtype").GetString());
            var name = $"{kind} {item.GetProperty("name").GetString()}, {type}";
            var unknown = UnknownOption(item.GetProperty("options"), "lr", "betas", "eps", "weight_decay", "momentum", "nesterov");
            yield return kind is "AdamW" or "Adam" or "SGD" && type is "float32" or "float64" && unknown is null
                ? new Golden(name, _ => Trajectory(json, item))
                : Golden.NotRun(name, $"an optimizer, precision or option that is not supported: {unknown}");
        }
    }

    public static IEnumerable<Golden> EpsilonInside(JsonElement json)
    {
        foreach (var (index, item) in json.GetProperty("cases").EnumerateArray().Index())
        {
            yield return new Golden($"{index}", _ =>
            {
                var parameters = Parameters(json.GetProperty("initial"), ScalarType.Float64);
                using var optimizer = new AdamW(parameters, Adam(item) with { EpsilonPlacement = AdamEpsilon.BeforeBiasCorrection });
                foreach (var (step, expected) in item.GetProperty("params_after_each_step").EnumerateArray().Index())
                {
                    SetGradients(parameters, json.GetProperty("gradients")[step]);
                    optimizer.Step(item.Number("lr"));
                    Compare(parameters, expected, 1e-14, $"step {step}");
                }
            });
        }
    }

    public static IEnumerable<Golden> Masters(JsonElement json)
    {
        yield return new Golden("float32 master", _ => Master(json));
        yield return Golden.NotRun("pure bfloat16", "what happens without a master copy; AdamW always keeps one");
    }

    private static void Trajectory(JsonElement json, JsonElement item)
    {
        var isSingle = item.GetProperty("dtype").GetString() == "float32";
        var parameters = Parameters(json.GetProperty("initial"), isSingle ? ScalarType.Float32 : ScalarType.Float64);
        var options = item.GetProperty("options");
        var optimizer = Optimizer(parameters, item.GetProperty("kind").GetString()!, options);
        using var owned = (IDisposable)optimizer;
        foreach (var (step, expected) in item.GetProperty("steps").EnumerateArray().Index())
        {
            SetGradients(parameters, json.GetProperty("gradients")[step]);
            optimizer.Step(expected.Number("lr"));
            Compare(parameters, expected.GetProperty("params"), isSingle ? 1e-6 : 1e-15, $"step {step}");
            CompareBytes(parameters, expected.GetProperty("params_hex"), isSingle, step);
            if (optimizer is AdamW adam && expected.Has("exp_avg", "exp_avg_sq"))
            {
                CompareAverages(adam, parameters, expected, isSingle ? 1e-6 : 1e-15);
            }
        }
    }

    private static IOptimizer Optimizer(IReadOnlyList<NamedParameter> parameters, string kind, JsonElement options) => kind switch
    {
        "AdamW" => new AdamW(parameters, Adam(options)),
        "Adam" => new AdamW(parameters, Adam(options) with { WeightDecayKind = WeightDecayKind.AddedToGradient }),
        _ => new Sgd(parameters, new SgdOptions
        {
            Momentum = options.Number("momentum", 0),
            WeightDecay = options.Number("weight_decay", 0),
            Nesterov = options.IsTrue("nesterov"),
        }),
    };

    private static AdamWOptions Adam(JsonElement options) => new()
    {
        Beta1 = Number(options.GetProperty("betas")[0]),
        Beta2 = Number(options.GetProperty("betas")[1]),
        Epsilon = options.Number("eps"),
        WeightDecay = options.Number("weight_decay", 0),
        Decays = _ => true,
    };

    private static void CompareBytes(IReadOnlyList<NamedParameter> parameters, JsonElement expected, bool isSingle, int step)
    {
        if (!isSingle)
        {
            return;
        }

        foreach (var (name, value) in parameters)
        {
            Assert.That(
                Convert.ToHexStringLower(value.detach().bytes), Is.EqualTo(expected.GetProperty(name).GetString()),
                $"{name} after step {step}, bytes");
        }
    }

    private static void CompareAverages(AdamW optimizer, IReadOnlyList<NamedParameter> parameters, JsonElement expected, double tolerance)
    {
        var state = optimizer.ExportState().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        foreach (var (name, _) in parameters)
        {
            foreach (var average in new[] { "exp_avg", "exp_avg_sq" })
            {
                Close(
                    state[$"{name}.{average}"], expected.GetProperty(average).Values(name, ScalarType.Float64), tolerance,
                    $"{name}.{average}");
            }
        }
    }

    private static void Master(JsonElement json)
    {
        var parameters = Parameters(json.GetProperty("initial_bfloat16"), ScalarType.BFloat16);
        var options = json.GetProperty("options");
        using var optimizer = new AdamW(parameters, Adam(options));
        foreach (var (step, expected) in json.GetProperty("steps").EnumerateArray().Index())
        {
            SetGradients(parameters, json.GetProperty("gradients_bfloat16")[step]);
            optimizer.Step(options.Number("lr"));
            Compare(parameters, expected.GetProperty("bfloat16_copy"), 0, $"bfloat16 after step {step}");
            var masters = optimizer.ExportState().Where(tensor => tensor.Name.EndsWith(".master", StringComparison.Ordinal))
                .Select(tensor => tensor with { Name = tensor.Name[..^".master".Length] }).ToList();
            Assert.That(masters, Has.Count.EqualTo(parameters.Count));
            Compare(masters, expected.GetProperty("master_float32"), 1e-6, $"master after step {step}");
        }
    }

    private static List<NamedParameter> Parameters(JsonElement initial, ScalarType dtype) =>
        [.. initial.EnumerateObject().Select(tensor => new NamedParameter(tensor.Name, Values(tensor.Value, dtype).requires_grad_()))];

    private static void SetGradients(IReadOnlyList<NamedParameter> parameters, JsonElement gradients)
    {
        foreach (var (name, value) in parameters)
        {
            value.grad = gradients.Values(name, value.dtype);
        }
    }

    private static void Compare(IReadOnlyList<NamedParameter> parameters, JsonElement expected, double tolerance, string what)
    {
        foreach (var (name, value) in parameters)
        {
            Close(value, expected.Values(name, ScalarType.Float64), tolerance, $"{name} after {what}");
        }
    }
}
