using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Enumerates golden/models and reads its numbers.</summary>
internal static class ModelGoldensFolder
{
    private static readonly string[] ConfigFiles = ["config.json", "config.v5.json"];

    public sealed record Folder(string Name, string Config, JsonElement Expected, string? NotRun)
    {
        public string Task => Expected.ValueKind != JsonValueKind.Object ? "none"
            : Expected.TryGetProperty("generation", out _) ? "language model"
            : Expected.TryGetProperty("pairwise", out _) ? "reward"
            : Expected.TryGetProperty("cases", out var cases) && cases.TryGetProperty("right", out var right)
                && right.TryGetProperty("logits", out _)
                ? "step reward" : "unknown";
    }

    private static readonly Dictionary<string, JsonElement> Cache = new(StringComparer.Ordinal);

    private static readonly Dictionary<string, object> Computed = new(StringComparer.Ordinal);

    /// <summary>expected.json of a folder; parsed once.</summary>
    public static JsonElement Expected(string name)
    {
        if (!Cache.TryGetValue(name, out var json))
        {
            Cache[name] = json = GoldenFolder.Json("models", name, "expected.json");
        }

        return json;
    }

    /// <summary>Every folder with every spelling of its configuration; those that cannot run carry the reason.</summary>
    public static IEnumerable<Folder> All()
    {
        foreach (var path in GoldenFolder.Folders("models"))
        {
            var name = Path.GetFileName(path);
            foreach (var config in ConfigFiles.Where(file => File.Exists(Path.Combine(path, file))))
            {
                var expected = File.Exists(Path.Combine(path, "expected.json")) ? Expected(name) : default;
                yield return new Folder(name, config, expected, Reason(name, config, expected));
            }
        }
    }

    public static TestCaseData Case(Folder folder, string name, params object[] arguments)
    {
        var data = new TestCaseData(arguments).SetName($"{{m}}({folder.Name}, {name})").SetCategory("Golden");
        return folder.NotRun is { } reason ? data.Ignore(reason) : data;
    }

    /// <summary>A temporary copy of a golden folder whose config.json is the given spelling.</summary>
    public static TemporaryFolder Copy(string name, string config)
    {
        var copy = new TemporaryFolder();
        File.Copy(GoldenFolder.Path("models", name, config), copy.File("config.json"));
        File.Copy(GoldenFolder.Path("models", name, "model.safetensors"), copy.File("model.safetensors"));
        return copy;
    }

    /// <summary>
    /// The model of a folder. Two spellings of the configuration that are read as the same options share one model and,
    /// by its key, everything computed with it, so that the second spelling costs the reading.
    /// </summary>
    public static (DecoderModel Model, string Key) Model(string name, string config, ScalarType dtype)
    {
        var options = DecoderFamilies.Read(ConfigReader.Read(GoldenFolder.Path("models", name, config)));
        var key = $"{name} {dtype} {JsonSerializer.Serialize(options)}";
        return (Once(key, () =>
        {
            using var copy = Copy(name, config);
            return DecoderModel.FromPretrained(copy.Path, dtype);
        }), key);
    }

    /// <summary>Computes something once per key; tensors in it must outlive their scope.</summary>
    public static T Once<T>(string key, Func<T> compute)
        where T : notnull
    {
        if (!Computed.TryGetValue(key, out var value))
        {
            Computed[key] = value = compute();
        }

        return (T)value;
    }

    public static Tensor Ids(JsonElement rows) =>
        tensor(rows.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(id => id.GetInt64())).ToArray())
            .view(rows.GetArrayLength(), -1);

    public static Tensor Mask(JsonElement rows) => Ids(rows).to(ScalarType.Bool);

    public static Tensor Doubles(JsonElement rows) =>
        tensor(rows.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(number => number.GetDouble())).ToArray())
            .view(rows.GetArrayLength(), -1);

    public static Tensor Logits(DecoderModel model, Tensor hidden)
    {
        var logits = nn.functional.linear(hidden, model.Head.Weight, model.Head.Bias);
        return model.Head.LogitSoftCap is { } cap ? logits.div(cap).tanh().mul(cap) : logits;
    }

    public static double MaxDifference(Tensor actual, Tensor expected) =>
        actual.to(ScalarType.Float64).sub(expected).abs().max().item<double>();

    private static string? Reason(string name, string config, JsonElement expected)
    {
        if (expected.ValueKind != JsonValueKind.Object)
        {
            return $"{name} has no expected.json.";
        }

        var type = GoldenFolder.Json("models", name, config).TryGetProperty("model_type", out var value) ? value.GetString() : null;
        return DecoderFamilies.Known.Split(", ").Contains(type) ? null : $"family '{type}' is not supported yet.";
    }
}
