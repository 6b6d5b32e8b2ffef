using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Files of golden/safetensors: what the reference library wrote, and what it accepts and refuses.</summary>
[Category("Golden")]
public sealed class SafetensorsGoldens
{
    public static IEnumerable<TestCaseData> ValidCases() => Cases("valid.json", "file");

    public static IEnumerable<TestCaseData> HandMadeCases() => Cases("cases.json", "file");

    public static IEnumerable<TestCaseData> ShardedCases() => Cases("sharded.json", "folder");

    [TestCaseSource(nameof(ValidCases))]
    public void A_file_of_the_library_is_read_exactly(JsonElement expected)
    {
        using var reader = SafetensorsReader.Open(GoldenFolder.Path("safetensors", expected.GetProperty("file").GetString()!));
        Assert.That(
            reader.Entries.Where(entry => entry.ByteCount > 0).Select(entry => entry.Name),
            Is.EqualTo(expected.GetProperty("order_of_tensors_in_file").EnumerateArray().Select(name => name.GetString()!)
                .Where(name => reader.Entry(name).ByteCount > 0)));
        CheckMetadata(reader, expected);
        CheckTensors(reader, expected, expected.GetProperty("data_start").GetInt64());
    }

    [TestCaseSource(nameof(ValidCases))]
    public void Written_again_a_file_has_the_same_bytes(JsonElement expected)
    {
        var path = GoldenFolder.Path("safetensors", expected.GetProperty("file").GetString()!);
        using var reader = SafetensorsReader.Open(path);
        if (reader.Entries.Any(entry => SafetensorsDtype.Tensor(entry.Dtype) is null))
        {
            Assert.Ignore("The file holds element types that have no tensor type here, so it cannot be written from tensors.");
        }

        if (reader.Metadata?.Count > 1)
        {
            Assert.Ignore("The library writes several metadata entries in random order.");
        }

        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(
            folder.File("again"), reader.Entries.Reverse().Select(entry => KeyValuePair.Create(entry.Name, reader.Read(entry.Name))), reader.Metadata);
        Assert.That(File.ReadAllBytes(folder.File("again")), Is.EqualTo(File.ReadAllBytes(path)));
    }

    [TestCaseSource(nameof(HandMadeCases))]
    public void A_hand_made_file_is_accepted_or_refused(JsonElement expected)
    {
        var path = GoldenFolder.Path("safetensors", expected.GetProperty("file").GetString()!);

        // The format forbids duplicate names and its README recommends to refuse them; the library lets equal ones pass.
        var accepted = expected.GetProperty("library_accepts").GetBoolean() && !HasDuplicateNames(path);
        if (!accepted)
        {
            var refusal = Assert.Throws<ModelFileException>(() => SafetensorsReader.Open(path).Dispose())!;
            Assert.That(refusal.Message, Does.StartWith(path).And.EndsWith("."));
            return;
        }

        using var reader = SafetensorsReader.Open(path);
        CheckMetadata(reader, expected);
        CheckTensors(reader, expected, dataStart: null);
    }

    [TestCaseSource(nameof(ShardedCases))]
    public void A_sharded_folder_is_accepted_or_refused(JsonElement expected)
    {
        var folder = GoldenFolder.Path("safetensors", expected.GetProperty("folder").GetString()!);

        // Recommended by the README: a promised tensor that is missing, and a shard outside the folder, are refused.
        var missing = expected.TryGetProperty("missing_keys", out var keys) && keys.GetArrayLength() > 0;
        var outside = ShardNames(folder).Any(name => name.AsSpan().IndexOfAny('/', '\\') >= 0);
        if (expected.GetProperty("library").GetString() != "loads" || missing || outside)
        {
            Assert.That(() => PrefixedWeights(folder).Dispose(), Throws.TypeOf<ModelFileException>());
            return;
        }

        using var scope = NewDisposeScope();
        using var weights = PrefixedWeights(folder);
        var norm = weights.Read("model.norm.weight").to(ScalarType.Float64).data<double>().ToArray();
        Assert.That(norm, Is.EqualTo(expected.GetProperty("norm_weight").EnumerateArray().Select(value => value.GetDouble())));
        Assert.That(LogitsAreThoseOfGood(folder), Is.EqualTo(expected.GetProperty("logits_equal_good").GetBoolean()));
        Assert.That(expected.GetProperty("unexpected_keys").EnumerateArray().Select(key => key.GetString()!), Is.SubsetOf(weights.Names));
    }

    private static IEnumerable<TestCaseData> Cases(string file, string key)
    {
        if (!File.Exists(GoldenFolder.Path("safetensors", file)))
        {
            yield break;
        }

        foreach (var expected in GoldenFolder.Json("safetensors", file).GetProperty("cases").EnumerateArray())
        {
            yield return new TestCaseData(expected).SetName($"{{m}}({expected.GetProperty(key).GetString()})").SetCategory("Golden");
        }
    }

    private static bool LogitsAreThoseOfGood(string folder)
    {
        using var noGradient = no_grad();
        var ids = arange(6).view(1, 6);
        Tensor Logits(string path)
        {
            var model = DecoderModel.FromPretrained(path);
            return ModelGoldensFolder.Logits(model, model.Hidden(ids));
        }

        return Logits(folder).eq(Logits(GoldenFolder.Path("safetensors", "sharded", "good"))).all().item<bool>();
    }

    private static PretrainedWeights PrefixedWeights(string folder) => PretrainedWeights.Open(folder, "model.");

    private static IEnumerable<string> ShardNames(string folder)
    {
        var index = Path.Combine(folder, "model.safetensors.index.json");
        if (!File.Exists(index))
        {
            return [];
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index));
            return document.RootElement.TryGetProperty("weight_map", out var map)
                ? [.. map.EnumerateObject().Select(entry => entry.Value.GetString()!)]
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static bool HasDuplicateNames(string path)
    {
        var bytes = File.ReadAllBytes(path);
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(8, (int)BitConverter.ToUInt64(bytes)));
            return document.RootElement.EnumerateObject().GroupBy(property => property.Name).Any(group => group.Count() > 1);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static void CheckMetadata(SafetensorsReader reader, JsonElement expected)
    {
        var metadata = expected.GetProperty("metadata");
        Assert.That(
            reader.Metadata,
            metadata.ValueKind == JsonValueKind.Null
                ? Is.Null
                : Is.EquivalentTo(metadata.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!)));
    }

    private static void CheckTensors(SafetensorsReader reader, JsonElement expected, long? dataStart)
    {
        var tensors = expected.GetProperty("tensors");
        Assert.That(reader.Entries.Select(entry => entry.Name), Is.EquivalentTo(tensors.EnumerateObject().Select(entry => entry.Name)));
        foreach (var wanted in tensors.EnumerateObject())
        {
            var entry = reader.Entry(wanted.Name);
            Assert.That(entry.Dtype, Is.EqualTo(wanted.Value.GetProperty("dtype").GetString()));
            Assert.That(entry.Shape, Is.EqualTo(wanted.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())));
            if (dataStart is { } start)
            {
                Assert.That(
                    new[] { entry.Offset - start, entry.Offset - start + entry.ByteCount },
                    Is.EqualTo(wanted.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())));
            }

            if (wanted.Value.TryGetProperty("hex", out var hex))
            {
                Assert.That(Convert.ToHexStringLower(reader.ReadBytes(wanted.Name)), Is.EqualTo(hex.GetString()));
            }

            CheckValues(reader, entry, wanted.Value.GetProperty("values"));
        }
    }

    private static void CheckValues(SafetensorsReader reader, SafetensorsEntry entry, JsonElement values)
    {
        if (SafetensorsDtype.Tensor(entry.Dtype) is null)
        {
            Assert.That(() => reader.Read(entry.Name), Throws.TypeOf<ModelFileException>().With.Message.Contains(entry.Dtype));
            return;
        }

        using var scope = NewDisposeScope();
        var read = reader.Read(entry.Name);
        Assert.That(read.shape, Is.EqualTo(entry.Shape));
        Assert.That(Numbers(read), Is.EqualTo(Flatten(values).Select(Number)));
    }

    private static IEnumerable<JsonElement> Flatten(JsonElement values) =>
        values.ValueKind == JsonValueKind.Array ? values.EnumerateArray().SelectMany(Flatten) : [values];

    private static string[] Numbers(Tensor read) => read.dtype switch
    {
        ScalarType.Bool => [.. read.to(ScalarType.Int64).data<long>().ToArray().Select(value => value != 0 ? "1" : "0")],
        ScalarType.ComplexFloat32 => Numbers(stack([read.real, read.imag], -1)),
        _ when read.is_floating_point() => [.. read.to(ScalarType.Float64).reshape(-1).data<double>().ToArray().Select(Text)],
        _ => [.. read.to(ScalarType.Int64).reshape(-1).data<long>().ToArray().Select(value => value.ToString(CultureInfo.InvariantCulture))],
    };

    private static string Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        JsonValueKind.String => value.GetString()!,
        _ when value.TryGetInt64(out var whole) && !value.GetRawText().Contains('.', StringComparison.Ordinal) =>
            whole.ToString(CultureInfo.InvariantCulture),
        _ => Text(value.GetDouble()),
    };

    private static string Text(double value) => double.IsPositiveInfinity(value) ? "Infinity"
        : double.IsNegativeInfinity(value) ? "-Infinity"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
