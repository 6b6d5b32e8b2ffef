using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>
/// The tiny models of the trainer goldens: bare tensor files plus a sentence that describes them, made into model folders.
/// </summary>
internal static class TinyModels
{
    /// <summary>
    /// Writes config.json and model.safetensors from the tensors of a file whose names start with <paramref name="prefix"/>.
    /// </summary>
    public static string Folder(string weights, string description, string prefix = "")
    {
        var folder = Directory.CreateTempSubdirectory("tiny").FullName;
        using var scope = NewDisposeScope();
        using var reader = SafetensorsReader.Open(weights);
        var tensors = reader.Entries.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Name[prefix.Length..], entry => reader.Read(entry.Name));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(Config(tensors, description)));
        return folder;
    }

    /// <summary>The tensors of a file with a prefix, cut off.</summary>
    public static IReadOnlyDictionary<string, Tensor> Tensors(string weights, string prefix = "")
    {
        using var reader = SafetensorsReader.Open(weights);
        return reader.Entries.Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Name[prefix.Length..], entry => reader.Read(entry.Name));
    }

    /// <summary>
    /// Largest difference to recorded weights, the entries left out that have no gradient in exact arithmetic (Adam moves them by rounding
    /// noise).
    /// </summary>
    public static (double Difference, string Where) Compare(
        IEnumerable<NamedParameter> parameters, IReadOnlyDictionary<string, Tensor> expected, Func<string, bool>? leaveOut = null)
    {
        var worst = (0.0, "nothing");
        var compared = 0;
        foreach (var (name, value) in parameters)
        {
            if (!expected.TryGetValue(name, out var recorded) || leaveOut?.Invoke(name) == true)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            var difference = (value.detach().to(ScalarType.Float64) - recorded.to(ScalarType.Float64)).abs();
            if (name.EndsWith("attn.c_attn.bias", StringComparison.Ordinal))
            {
                var width = difference.shape[0] / 3;
                difference = cat([difference.narrow(0, 0, width), difference.narrow(0, 2 * width, width)]);
            }

            compared++;
            var largest = difference.max().ToDouble();
            worst = largest > worst.Item1 || double.IsNaN(largest) ? (largest, name) : worst;
        }

        return compared > 0 ? worst : throw new InvalidOperationException("No parameter has the name of a recorded one.");
    }

    private static Dictionary<string, object> Config(Dictionary<string, Tensor> tensors, string description) =>
        tensors.ContainsKey("transformer.wte.weight") ? Gpt2(tensors, description) : Llama(tensors, description);

    private static Dictionary<string, object> Gpt2(Dictionary<string, Tensor> tensors, string description) => new()
    {
        ["model_type"] = "gpt2",
        ["architectures"] = new[] { tensors.ContainsKey("score.weight") ? "GPT2ForSequenceClassification" : "GPT2LMHeadModel" },
        ["n_embd"] = tensors["transformer.wte.weight"].shape[1],
        ["vocab_size"] = tensors["transformer.wte.weight"].shape[0],
        ["n_positions"] = tensors["transformer.wpe.weight"].shape[0],
        ["n_layer"] = Number(description, "layers"),
        ["n_head"] = Number(description, "heads"),
        ["layer_norm_epsilon"] = 1e-5,
        ["activation_function"] = "gelu_new",
        ["num_labels"] = 1,
        ["pad_token_id"] = 0,
    };

    private static Dictionary<string, object> Llama(Dictionary<string, Tensor> tensors, string description) => new()
    {
        ["model_type"] = "llama",
        ["architectures"] = new[] { "LlamaForCausalLM" },
        ["hidden_size"] = tensors["model.embed_tokens.weight"].shape[1],
        ["vocab_size"] = tensors["model.embed_tokens.weight"].shape[0],
        ["num_hidden_layers"] = Number(description, "layers"),
        ["num_attention_heads"] = Number(description, "query heads"),
        ["num_key_value_heads"] = Number(description, "key/value heads"),
        ["intermediate_size"] = tensors["model.layers.0.mlp.gate_proj.weight"].shape[0],
        ["max_position_embeddings"] = 64,
        ["rms_norm_eps"] = 1e-6,
        ["rope_theta"] = 10000.0,
        ["tie_word_embeddings"] = false,
        ["hidden_act"] = "silu",
    };

    private static int Number(string description, string unit)
    {
        var match = Regex.Match(description, $@"(\d+) {Regex.Escape(unit)}");
        return match.Success
            ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new FormatException($"The description of the model does not say its {unit}: {description}");
    }
}
