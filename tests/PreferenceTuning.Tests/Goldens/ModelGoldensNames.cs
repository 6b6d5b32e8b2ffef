using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>golden/models/names.json: files with other names, buffers, missing, extra and misshapen tensors.</summary>
[Category("Golden")]
[OneThread]
public sealed class ModelGoldensNames
{
    public static IEnumerable<TestCaseData> NameCases() =>
        !File.Exists(GoldenFolder.Path("models", "names.json"))
            ? []
            : from expected in GoldenFolder.Json("models", "names.json").GetProperty("cases").EnumerateArray()
              select new TestCaseData(expected).SetName($"{{m}}({expected.GetProperty("name").GetString()})").SetCategory("Golden");

    [TestCaseSource(nameof(NameCases))]
    public void A_file_with_other_names_loads_or_is_refused(JsonElement expected)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var folder = Build(expected);

        // Recommended by the README: what the library loads with a warning and default values is refused.
        var missing = expected.TryGetProperty("missing_keys", out var keys) ? keys.EnumerateArray().Select(key => key.GetString()!).ToArray() : [];
        if (expected.GetProperty("library").GetString() != "loads" || missing.Length > 0)
        {
            var refusal = Assert.Throws<ModelFileException>(() => DecoderModel.FromPretrained(folder.Path))!;
            Assert.That(missing, Is.All.Matches<string>(name => refusal.Message.Contains(name!, StringComparison.Ordinal)));
            return;
        }

        var model = DecoderModel.FromPretrained(folder.Path, ScalarType.Float32);
        var difference = MaxDifference(model, Reference(expected));
        Assert.That(difference == 0, Is.EqualTo(expected.GetProperty("logits_equal").GetBoolean()), $"logits differ by {difference}");
        Assert.That(model.UnusedTensors, Is.EquivalentTo(Unexpected(expected)));
    }

    private static IEnumerable<string> Unexpected(JsonElement expected) =>
        expected.GetProperty("unexpected_keys").EnumerateArray().Select(key => key.GetString()!)
            .Where(name => !name.EndsWith("masked_bias", StringComparison.Ordinal)); // a buffer of old files, known and ignored

    private static DecoderModel Reference(JsonElement expected)
    {
        var model = DecoderModel.FromPretrained(GoldenFolder.Path("models", expected.GetProperty("model").GetString()!));
        if (IsHalfPrecision(expected))
        {
            foreach (var (_, value) in model.Parameters)
            {
                value.copy_(value.to(ScalarType.BFloat16));
            }
        }

        return model;
    }

    private static double MaxDifference(DecoderModel model, DecoderModel reference)
    {
        var ids = arange(12).remainder(model.Config.VocabularySize).view(1, 12);
        return ModelGoldensFolder.MaxDifference(
            ModelGoldensFolder.Logits(model, model.Hidden(ids)), ModelGoldensFolder.Logits(reference, reference.Hidden(ids)));
    }

    private static bool IsHalfPrecision(JsonElement expected) =>
        expected.GetProperty("name").GetString()!.StartsWith("half_precision", StringComparison.Ordinal);

    private static TemporaryFolder Build(JsonElement expected)
    {
        var source = GoldenFolder.Path("models", expected.GetProperty("model").GetString()!);
        using var reader = SafetensorsReader.Open(Path.Combine(source, "model.safetensors"));
        var removed = expected.GetProperty("removed_tensors").EnumerateArray().Select(name => name.GetString()!).ToHashSet();
        var renamed = expected.GetProperty("rename").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
        var tensors = reader.Entries.Where(entry => !removed.Contains(entry.Name)).ToDictionary(
            entry => renamed.GetValueOrDefault(entry.Name, entry.Name),
            entry => reader.Read(entry.Name, IsHalfPrecision(expected) ? ScalarType.BFloat16 : null));
        foreach (var extra in expected.GetProperty("extra_tensors").EnumerateObject())
        {
            tensors[extra.Name] = Extra(expected, extra, tensors);
        }

        var folder = new TemporaryFolder();
        File.Copy(Path.Combine(source, "config.json"), folder.File("config.json"));
        SafetensorsWriter.Write(folder.File("model.safetensors"), tensors);
        return folder;
    }

    // "Any numbers of that shape", except the head that the case says is equal to the embedding.
    private static Tensor Extra(JsonElement expected, JsonProperty extra, Dictionary<string, Tensor> tensors)
    {
        var shape = extra.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
        if (extra.Name == "lm_head.weight" && expected.GetProperty("logits_equal").GetBoolean())
        {
            return tensors.Values.First(tensor => tensor.shape.SequenceEqual(shape)).clone();
        }

        return ones(shape, dtype: extra.Value.GetProperty("dtype").GetString() == "bool" ? ScalarType.Bool : ScalarType.Float32);
    }
}
