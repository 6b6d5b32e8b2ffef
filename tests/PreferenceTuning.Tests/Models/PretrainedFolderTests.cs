using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using PreferenceTuning.Data;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Tests.Goldens;
using PreferenceTuning.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.ModelFiles;

[OneThread]
public sealed class PretrainedFolderTests
{
    private static readonly DecoderConfig Gpt2 = DecoderConfig.Gpt2(
        vocabularySize: 17, hiddenSize: 8, layers: 2, heads: 2, contextLength: 10);
    private static readonly DecoderConfig Llama =
        DecoderConfig.Llama(
            vocabularySize: 17, hiddenSize: 8, layers: 2, heads: 4, keyValueHeads: 2, feedForwardSize: 12, contextLength: 32);

    private static readonly DecoderConfig[] Writable =
    [
        Gpt2,
        Gpt2 with { TiedHead = false, BosId = 1, EosIds = [2], PadId = 0 },
        Llama with { EosIds = [2, 3] },
        Llama with { QueryKeyValueBias = true, AttentionOutputBias = true, HeadSize = 6, Rotary = new RotaryConfig { Dimensions = 6, Base = 5e5 } },
        Llama with { Rotary = new RotaryConfig { Dimensions = 2, Scaling = RotaryScaling.Llama3, Factor = 8, OriginalContextLength = 16 } },
        Llama with { Rotary = new RotaryConfig { Dimensions = 2, Scaling = RotaryScaling.Yarn, Factor = 4, OriginalContextLength = 16, AttentionFactor = 1.25 } },
        Llama with { Family = "mistral", Window = 4, WindowLayers = [true, true], NormEpsilon = 1e-6 },
        Llama with { Family = "qwen2", QueryKeyValueBias = true, Window = 4, WindowLayers = [false, true] },
        Llama with { Family = "qwen3", QueryKeyNorm = QueryKeyNorm.PerHead, TiedHead = true },
        Llama with { Family = "olmo2", QueryKeyNorm = QueryKeyNorm.AllHeads, NormPlacement = NormPlacement.OnOutput },
    ];

    public static IEnumerable<TestCaseData> GoldenFolders() =>
        ModelGoldensFolder.All().Where(folder => folder.Task == "language model")
            .Select(folder => ModelGoldensFolder.Case(folder, folder.Config, folder.Name, folder.Config));

    [TestCaseSource(nameof(Writable))]
    public void A_model_made_from_options_is_saved_and_comes_back(DecoderConfig config)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var model = DecoderModel.Random(config, seed: 1);
        model.SavePretrained(folder.Path);
        var again = DecoderModel.FromPretrained(folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That(
                again.Parameters.Select(parameter => parameter.Name), Is.EqualTo(model.Parameters.Select(parameter => parameter.Name)));
            Assert.That(again.Parameters.Zip(model.Parameters).All(pair => pair.First.Value.eq(pair.Second.Value).all().item<bool>()));
            Assert.That(
                again.Config with { EosIds = [], WindowLayers = [], Rotary = null },
                Is.EqualTo(config with { EosIds = [], WindowLayers = [], Rotary = null }));
            Assert.That(again.Config.EosIds, Is.EqualTo(config.EosIds));
            Assert.That(again.Config.WindowLayers, Is.EqualTo(config.WindowLayers));
            Assert.That(again.UnusedTensors, Is.Empty);
        });
    }

    [TestCase(10, 3)]
    [TestCase(10, 0)]
    public void A_width_that_the_heads_do_not_share_evenly_is_named_before_anything_is_trained(int hiddenSize, int heads) => Assert.That(
        () => DecoderConfig.Gpt2(vocabularySize: 9, hiddenSize, layers: 1, heads, contextLength: 4),
        Throws.ArgumentException.With.Message.Contains($"'hiddenSize' is {hiddenSize} and 'heads' is {heads}"));

    [Test]
    public void Options_that_the_family_cannot_express_are_not_saved()
    {
        using var folder = new TemporaryFolder();
        using var model = DecoderModel.Random(Llama with { FinalNorm = false }, seed: 1);
        Assert.That(() => model.SavePretrained(folder.Path), Throws.InvalidOperationException.With.Message.Contains("FinalNorm"));
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }

    [TestCaseSource(nameof(GoldenFolders))]
    [Category("Golden")]
    public void A_loaded_folder_is_saved_with_all_its_keys_and_the_same_weights(string name, string config)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var model = ModelGoldensFolder.Model(name, config, ScalarType.Float32).Model;
        model.SavePretrained(folder.Path);

        var source = JsonNode.Parse(File.ReadAllText(GoldenFolder.Path("models", name, config)))!.AsObject();
        var saved = JsonNode.Parse(File.ReadAllText(folder.File("config.json")))!.AsObject();
        var kept = source.Where(entry => entry.Key is not ("dtype" or "torch_dtype" or "architectures"));
        using var original = SafetensorsReader.Open(GoldenFolder.Path("models", name, "model.safetensors"));
        using var written = SafetensorsReader.Open(folder.File("model.safetensors"));
        Assert.Multiple(() =>
        {
            foreach (var (key, value) in config == "config.json" ? kept : [])
            {
                Assert.That(JsonNode.DeepEquals(saved[key], value), key);
            }

            Assert.That(written.Entries.Select(entry => entry.Name), Is.EquivalentTo(original.Entries.Select(entry => entry.Name)));
            foreach (var entry in written.Entries)
            {
                Assert.That(written.ReadBytes(entry.Name), Is.EqualTo(original.ReadBytes(entry.Name)), entry.Name);
            }
        });
    }

    [Test]
    public void The_options_of_a_loaded_family_survive_being_written_from_scratch(
        [ValueSource(nameof(GoldenFolderNames))] string name)
    {
        var config = DecoderFamilies.Read(ConfigReader.Read(GoldenFolder.Path("models", name, "config.json")));
        Assert.That(() => DecoderFamilies.Write(config, loaded: null), Throws.Nothing);
    }

    public static IEnumerable<string> GoldenFolderNames() =>
        ModelGoldensFolder.All().Where(folder => folder.NotRun is null && folder.Config == "config.json").Select(folder => folder.Name);

    [Test]
    public void An_unknown_architecture_is_refused_with_those_that_are_known()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), """{"model_type": "mamba", "vocab_size": 5}""");
        Assert.That(
            () => DecoderModel.FromPretrained(folder.Path),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("'mamba'").And.Message.Contains("gpt2, llama, mistral"));
    }

    [TestCase("""{"model_type": "llama"}""", "hidden_size")]
    [TestCase("""{"model_type": "gpt2", "n_embd": "wide"}""", "n_embd")]
    [TestCase("""{"model_type": "gpt2", "n_embd": 8.5}""", "n_embd")]
    [TestCase("""{"model_type": "gpt2", "n_embd": 8, "n_embd": 9}""", "JSON")]
    [TestCase("""{"model_type": "gpt2", "n_head": 0}""", "config.json")]
    [TestCase("""{"model_type": "gpt2", "n_layer": -1}""", "n_layer")]
    [TestCase("""{"model_type": "gpt2", "activation_function": "snake"}""", "gelu_new")]
    [TestCase("""{"model_type": "mpt", "vocab_size": 9, "attn_config": {"alibi": false}}""", "alibi")]
    [TestCase("[1]", "object")]
    [TestCase("{", "JSON")]
    [TestCase("", "JSON")]
    public void A_bad_configuration_is_refused_by_file_and_key(string json, string named)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), json);
        Assert.That(
            () => DecoderModel.FromPretrained(folder.Path),
            Throws.TypeOf<ModelFileException>().With.Message.Contains(named).And.Message.StartsWith(folder.File("config.json")));
    }

    [Test]
    public void A_folder_without_weights_and_no_folder_at_all_are_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), """{"model_type": "gpt2"}""");
        Assert.That(
            () => DecoderModel.FromPretrained(folder.Path), Throws.TypeOf<ModelFileException>().With.Message.Contains("model.safetensors"));
        Assert.That(
            () => DecoderModel.FromPretrained(folder.File("nowhere")),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("no such folder"));
    }

    [Test]
    public void Quantised_weights_are_refused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var model = DecoderModel.Random(Gpt2, seed: 1);
        model.SavePretrained(folder.Path);
        var tensors = model.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
        tensors["transformer.h.0.mlp.c_fc.weight"] = tensors["transformer.h.0.mlp.c_fc.weight"].to(ScalarType.Int8);
        SafetensorsWriter.Write(folder.File("model.safetensors"), tensors);
        Assert.That(() => DecoderModel.FromPretrained(folder.Path), Throws.TypeOf<ModelFileException>().With.Message.Contains("I8"));

        var reward = RewardModel.FromDecoder(model, seed: 1);
        reward.SavePretrained(folder.Path);
        tensors = reward.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
        tensors["score.weight"] = tensors["score.weight"].to(ScalarType.Int8);
        SafetensorsWriter.Write(folder.File("model.safetensors"), tensors);
        Assert.That(() => RewardModel.FromPretrained(folder.Path), Throws.TypeOf<ModelFileException>().With.Message.Contains("'score.weight' has dtype I8"));
    }

    [TestCase("[0, 4611686018427387904, 4]")]
    [TestCase("[9223372036854775807, 0, 2]")]
    public void A_shape_that_no_tensor_can_have_is_named(string shape)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        var header = Encoding.UTF8.GetBytes($"{{\"a\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[0,0]}}}}");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((ulong)header.Length), .. header]);
        using var reader = SafetensorsReader.Open(path);
        Assert.That(reader.ReadBytes("a"), Is.Empty, "the format allows it");
        Assert.That(() => reader.Read("a"), Throws.TypeOf<ModelFileException>().With.Message.Contains($"tensor 'a' has shape {shape}"));
    }

    [Test]
    public void A_place_that_cannot_be_written_to_is_named_with_the_remedy()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var model = DecoderModel.Random(Gpt2, seed: 1);
        File.WriteAllText(folder.File("file"), "");
        Directory.CreateDirectory(folder.File("taken/model.safetensors"));
        foreach (var place in new[] { "file", "file/below", "taken" })
        {
            Assert.That(
                () => model.SavePretrained(folder.File(place)),
                Throws.InstanceOf<IOException>().With.Message.StartsWith($"'{folder.File(place)}/model.safetensors' could not be written: ")
                    .And.Message.EndsWith("write to another folder."),
                place);
        }

        Assert.That(Directory.GetFileSystemEntries(folder.File("taken")), Has.Length.EqualTo(1), "no temporary file is left");
    }

    [Test]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["a"] = ones(2) });
        var before = File.ReadAllBytes(path);
        var disposed = ones(2);
        var tensors = new Dictionary<string, Tensor> { ["a"] = ones(3), ["b"] = disposed };
        Assert.That(() => DurableFile.Replace(path, _ => throw new IOException("full")), Throws.TypeOf<IOException>().With.Message.EqualTo(
            $"'{path}' could not be written: full. Free space on that disk, or write to another folder."));
        Assert.That(
            () => SafetensorsWriter.Write(path, tensors.Append(KeyValuePair.Create("a", disposed))),
            Throws.ArgumentException.With.Message.Contains("'a'"));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_tensor_larger_than_one_piece_is_written_and_read_whole()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var large = arange(17_000_003, dtype: ScalarType.Int32); // 68 MB, in pieces of 64 MiB
        SafetensorsWriter.Write(folder.File("a.safetensors"), new Dictionary<string, Tensor> { ["a"] = large });
        using var reader = SafetensorsReader.Open(folder.File("a.safetensors"));
        Assert.That(reader.Read("a").eq(large).all().item<bool>());
    }

    [Test]
    public void Limits_of_the_reader_are_kept()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["a"] = ones(1, 1, 1), ["b"] = ones(1) });
        Assert.Multiple(() =>
        {
            Assert.That(
                () => SafetensorsReader.Open(path, new SafetensorsLimits { MaxTensors = 1 }),
                Throws.TypeOf<ModelFileException>().With.Message.Contains("MaxTensors"));
            Assert.That(
                () => SafetensorsReader.Open(path, new SafetensorsLimits { MaxRank = 2 }),
                Throws.TypeOf<ModelFileException>().With.Message.Contains("'shape' of tensor 'a' has 3"));
            Assert.That(
                () => SafetensorsReader.Open(path, new SafetensorsLimits { MaxHeaderBytes = 64 }),
                Throws.TypeOf<ModelFileException>().With.Message.Contains("MaxHeaderBytes"));
            Assert.That(
                () => SafetensorsReader.Open(path, new SafetensorsLimits { MaxHeaderBytes = 200_000_000 }),
                Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => SafetensorsReader.Open(folder.File("none")), Throws.TypeOf<ModelFileException>());
        });
    }
}
