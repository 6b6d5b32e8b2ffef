using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.ModelFiles;

/// <summary>What somebody reads whose model folder is broken: which file, which key or tensor, what it says, what was expected.</summary>
[OneThread]
public sealed class ConfigMessageTests
{
    private static readonly JsonNode[] InsteadOfNumbers = ["x", true, -1, 0, 0.5, 1e30, 1000003];
    private static readonly JsonNode[] InsteadOfOthers = ["nonsense", 7, -1];

    // Nothing can be computed with a negative one of these, whatever the family.
    private static readonly HashSet<string> NeverNegative =
    [
        "vocab_size", "hidden_size", "n_embd", "d_model", "num_attention_heads", "n_head", "n_heads", "num_key_value_heads", "num_hidden_layers", "n_layer",
        "n_layers", "intermediate_size", "ffn_dim", "ffn_hidden_size", "max_position_embeddings", "n_positions", "max_seq_len", "head_dim", "word_embed_proj_dim",
        "rms_norm_eps", "layer_norm_epsilon", "layer_norm_eps", "initializer_range", "query_pre_attn_scalar", "rotary_emb_base",
    ];

    // What is wrong with several keys together names others than the one that was changed.
    private static readonly string[] OfSeveralKeys =
        ["known are gpt2, llama", "Look at 'head_dim'", "half as many as are rotated", "an even number", "a size is beyond 2^31"];

    [Test]
    public void A_value_that_cannot_be_used_is_named_with_its_key([ValueSource(typeof(PretrainedFolderTests), nameof(PretrainedFolderTests.GoldenFolderNames))] string name)
    {
        var refused = 0;
        foreach (var file in new[] { "config.json", "config.v5.json" }.Select(file => GoldenFolder.Path("models", name, file)).Where(File.Exists))
        {
            foreach (var (place, key, value, broken) in Broken(JsonNode.Parse(File.ReadAllText(file))!.AsObject()))
            {
                var said = Refusal(broken);
                refused += said is null ? 0 : 1;
                Assert.That(
                    said is null || said.Contains($"{key}'", StringComparison.Ordinal) || Array.Exists(OfSeveralKeys, said.Contains),
                    $"{place} = {value}: {said}");
                Assert.That(said is not null || value != "-1" || !NeverNegative.Contains(key), $"{place} = {value} was taken");
            }
        }

        Assert.That(refused, Is.GreaterThan(0));
    }

    [TestCase("""{"hidden_size": 30}""", "'hidden_size' is 30 and 'num_attention_heads' is 4; the first must be a multiple of the second.")]
    [TestCase("""{"num_key_value_heads": 3}""", "'num_attention_heads' is 4 and 'num_key_value_heads' is 3; the first must be a multiple of the second.")]
    [TestCase("""{"hidden_act": "snake"}""", "'hidden_act' is \"snake\"; one of gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, silu, swish, relu was expected.")]
    [TestCase("""{"rope_scaling": {"rope_type": "spiral"}}""", "'rope_scaling.rope_type' is \"spiral\"; one of default, linear, dynamic, yarn, llama3, longrope, su was expected.")]
    [TestCase("""{"rope_scaling": {"rope_type": "linear"}}""", "'rope_scaling.factor' is absent; a positive number was expected.")]
    [TestCase("""{"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4}}""", "'rope_scaling.high_freq_factor' is absent; a number above 'low_freq_factor' was expected.")]
    [TestCase("""{"partial_rotary_factor": 0.375}""", "a head has 8 numbers and the share 0.375 of it is rotated, which makes 3; an even number from 2 was expected. Look at 'head_dim'")]
    [TestCase("""{"model_type": "qwen2", "use_sliding_window": true, "sliding_window": 4, "layer_types": ["linear_attention"]}""", "'layer_types' is [\"linear_attention\"]; full_attention or sliding_attention for each of 1 layers was expected.")]
    public void A_variant_of_a_good_configuration_says_what_is_wrong_with_it(string change, string expected)
    {
        var json = DecoderFamilies.Write(DecoderConfig.Llama(17, 32, 1, 4, 2, 12, 32), loaded: null);
        json.Remove("head_dim");
        foreach (var (key, value) in JsonNode.Parse(change)!.AsObject())
        {
            json[key] = value?.DeepClone();
        }

        Assert.That(Refusal(json), Does.StartWith("config.json: " + expected));
    }

    [TestCase("mistral", "{}", 4096)]
    [TestCase("mistral", "{\"sliding_window\": null}", null)]
    [TestCase("mistral", "{\"sliding_window\": 7}", 7)]
    [TestCase("qwen2", "{\"use_sliding_window\": true, \"max_window_layers\": 0}", 4096)]
    [TestCase("qwen2", "{\"use_sliding_window\": true, \"sliding_window\": null}", null)]
    [TestCase("qwen3", "{}", null)]
    [TestCase("phi3", "{}", null)]
    public void A_window_that_the_file_does_not_mention_is_that_of_the_library(string family, string change, int? window)
    {
        var json = DecoderFamilies.Write(DecoderConfig.Llama(17, 32, 1, 4, 2, 12, 32), loaded: null);
        json["model_type"] = family;
        json.Remove("sliding_window");
        json.Remove("max_window_layers");
        foreach (var (key, value) in JsonNode.Parse(change)!.AsObject())
        {
            json[key] = value?.DeepClone();
        }

        var config = DecoderFamilies.Read(new ConfigReader("config.json", json));
        Assert.That((config.Window, config.HasWindow(0)), Is.EqualTo((window, window is not null)));
    }

    [Test]
    public void A_tensor_that_is_missing_or_of_another_shape_is_named_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var model = DecoderModel.Random(DecoderConfig.Gpt2(17, 8, 1, 2, 10), seed: 1);
        model.SavePretrained(folder.Path);
        var tensors = model.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
        var path = folder.File("model.safetensors");
        tensors["transformer.wte.weight"] = zeros(16, 8);
        SafetensorsWriter.Write(path, tensors);
        Assert.That(() => DecoderModel.FromPretrained(folder.Path), Throws.TypeOf<ModelFileException>().With.Message.StartsWith(
            $"{path}: tensor 'transformer.wte.weight' has shape [16, 8] but config.json asks for [17, 8]."));
        tensors.Remove("transformer.wte.weight");
        SafetensorsWriter.Write(path, tensors);
        Assert.That(() => DecoderModel.FromPretrained(folder.Path), Throws.TypeOf<ModelFileException>().With.Message.Contains("wte.weight' is missing."));
        tensors["transformer.wte.weight"] = zeros(17, 8);
        tensors.Remove("transformer.ln_f.bias");
        SafetensorsWriter.Write(path, tensors);
        Assert.That(() => DecoderModel.FromPretrained(folder.Path), Throws.TypeOf<ModelFileException>().With.Message.StartsWith(
            $"{folder.Path}: tensor 'transformer.ln_f.bias' is missing."));
    }

    [Test]
    public void Parts_without_their_index_are_seen()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        DecoderModel.Random(DecoderConfig.Gpt2(17, 8, 1, 2, 10), seed: 1).SavePretrained(folder.Path);
        File.Move(folder.File("model.safetensors"), folder.File("model-00001-of-00002.safetensors"));
        Assert.That(() => DecoderModel.FromPretrained(folder.Path), Throws.TypeOf<ModelFileException>().With.Message.EqualTo(
            $"{folder.Path}: there are other safetensors files (1; the first is model-00001-of-00002.safetensors) but neither model.safetensors nor " +
            "model.safetensors.index.json, which says what is in which part. " +
            "Get model.safetensors.index.json from where the parts come from; rename a single file with all weights to model.safetensors."));
    }

    private static string? Refusal(JsonObject json)
    {
        try
        {
            _ = DecoderFamilies.Read(new ConfigReader("config.json", json));
            return null;
        }
        catch (ModelFileException exception)
        {
            Assert.That(exception.Message, Does.StartWith("config.json: ").And.EndsWith("."));
            return exception.Message;
        }
    }

    // Each key in turn with each wrong value, the objects inside included.
    private static IEnumerable<(string Place, string Key, string Value, JsonObject Broken)> Broken(JsonObject whole, params string[] path)
    {
        var here = path.Aggregate(whole, (at, part) => at[part]!.AsObject());
        foreach (var (key, value) in here.ToList())
        {
            foreach (var other in value?.GetValueKind() == JsonValueKind.Number ? InsteadOfNumbers : InsteadOfOthers)
            {
                var broken = whole.DeepClone().AsObject();
                path.Aggregate(broken, (at, part) => at[part]!.AsObject())[key] = other.DeepClone();
                yield return (string.Join('.', [.. path, key]), key, other.ToJsonString(), broken);
            }

            foreach (var inner in value is JsonObject ? Broken(whole, [.. path, key]) : [])
            {
                yield return inner;
            }
        }
    }
}
