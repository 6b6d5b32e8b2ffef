using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using static PreferenceTuning.Tests.Goldens.GoldenValues;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Files like gradient_clipping.json.</summary>
internal static class OptimizationGoldensClipping
{
    public static bool Matches(JsonElement json) => FirstCase(json).Has("max_norm", "gradients", "clipped");

    public static IEnumerable<Golden> Cases(JsonElement json)
    {
        foreach (var item in json.GetProperty("cases").EnumerateArray())
        {
            var type = item.GetProperty("dtype").GetString();
            var name = $"{item.GetProperty("name").GetString()}, {type}";
            yield return type is "float32" or "float64"
                ? new Golden(name, _ => Check(item, type == "float32" ? ScalarType.Float32 : ScalarType.Float64))
                : Golden.NotRun(name, "a precision that is not supported here");
        }
    }

    private static void Check(JsonElement item, ScalarType dtype)
    {
        var gradients = item.GetProperty("gradients").EnumerateArray().Select(gradient => Values(gradient, dtype)).ToList();
        var parameters = gradients.Select((gradient, index) => new NamedParameter($"{index}", zeros_like(gradient).requires_grad_())).ToList();
        parameters.ForEach(parameter => parameter.Value.grad = gradients[int.Parse(parameter.Name)].clone());

        var result = GradientClipping.ClipByGlobalNorm(parameters, item.Number("max_norm"), item.Number("norm_type", 2));

        var tolerance = dtype == ScalarType.Float64 ? 1e-14 : 1e-6;
        var norm = item.Number("total_norm");
        Close(result.Norm, norm, tolerance, "norm");
        Assert.That(result.IsFinite, Is.EqualTo(double.IsFinite(norm)));
        foreach (var (index, expected) in item.GetProperty("clipped").EnumerateArray().Index())
        {
            // The library destroys the gradients where the norm is not finite; ours are untouched, and the step is to be skipped.
            var wanted = result.IsFinite ? Values(expected, ScalarType.Float64) : gradients[index];
            Close(parameters[index].Value.grad!, wanted, tolerance, $"gradient {index}");
        }
    }
}
