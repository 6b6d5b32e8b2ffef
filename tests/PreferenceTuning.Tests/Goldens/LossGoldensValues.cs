using System.Text.Json;
using NUnit.Framework;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Numbers of the reference files as tensors, and how two tensors are compared.</summary>
internal static class GoldenValues
{
    public static double Number(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var other => throw new FormatException($"'{other}' is not a number of a reference file."),
        },
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => json.GetDouble(),
    };

    public static double Number(this JsonElement json, string name) => Number(json.GetProperty(name));

    public static double Number(this JsonElement json, string name, double otherwise) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? Number(value) : otherwise;

    public static bool Has(this JsonElement json, params string[] names) =>
        json.ValueKind == JsonValueKind.Object && names.All(name => json.TryGetProperty(name, out _));

    /// <summary>The first element of <c>cases</c>, or an undefined element: files are told apart by what it holds.</summary>
    public static JsonElement FirstCase(JsonElement json) =>
        json.Has("cases") && json.GetProperty("cases") is { ValueKind: JsonValueKind.Array } cases && cases.GetArrayLength() > 0 ? cases[0] : default;

    public static bool IsTrue(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>
    /// The first option that is given and that the test does not know: such a case is not run, rather than run without it.
    /// </summary>
    public static string? UnknownOption(JsonElement options, params string[] known) =>
        options.EnumerateObject().Where(option => option.Value.ValueKind != JsonValueKind.Null).Select(option => option.Name).Except(known).FirstOrDefault();

    public static double[] Numbers(JsonElement json) => [.. Flat(json)];

    public static Tensor Values(this JsonElement json, string name, ScalarType dtype) => Values(json.GetProperty(name), dtype);

    public static Tensor Values(JsonElement json, ScalarType dtype)
    {
        var shape = new List<long>();
        for (var level = json; level.ValueKind == JsonValueKind.Array; level = level[0])
        {
            shape.Add(level.GetArrayLength());
        }

        return tensor(Numbers(json), [.. shape], ScalarType.Float64).to(dtype);
    }

    public static Tensor Trained(this JsonElement json, string name, ScalarType dtype) => Values(json, name, dtype).requires_grad_();

    public static Tensor Mask(this JsonElement json, string name) => Values(json.GetProperty(name), ScalarType.Float64) > 0.5;

    public static Tensor Whole(this JsonElement json, string name) => Values(json.GetProperty(name), ScalarType.Int64);

    public static double[] ToArray(this Tensor values) => values.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();

    public static double Scalar(this Tensor value) => value.to(ScalarType.Float64).item<double>();

    /// <summary>|actual - expected| within tolerance x max(scale, |expected|); NaN equals NaN and infinity infinity.</summary>
    public static void Close(Tensor actual, Tensor expected, double tolerance, string what, double scale = 1)
    {
        Assert.That(actual.shape, Is.EqualTo(expected.shape), what);
        var (a, e) = (actual.ToArray(), expected.ToArray());
        for (var i = 0; i < a.Length; i++)
        {
            Close(a[i], e[i], tolerance, $"{what}[{i}]", scale);
        }
    }

    public static void Close(double actual, double expected, double tolerance, string what, double scale = 1)
    {
        if (!double.IsFinite(expected))
        {
            Assert.That(actual, Is.EqualTo(expected), what);
            return;
        }

        Assert.That(actual, Is.EqualTo(expected).Within(tolerance * Math.Max(scale, Math.Abs(expected))), what);
    }

    /// <summary>The largest absolute entry: gradients of very different size are compared against it.</summary>
    public static double Largest(Tensor values) => values.numel() == 0 ? 0 : values.ToArray().Max(Math.Abs);

    private static IEnumerable<double> Flat(JsonElement json) =>
        json.ValueKind == JsonValueKind.Array ? json.EnumerateArray().SelectMany(Flat) : [Number(json)];
}
