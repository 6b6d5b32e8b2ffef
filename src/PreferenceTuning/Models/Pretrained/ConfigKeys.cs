using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>Keys of config.json that several families share.</summary>
internal static class ConfigKeys
{
    private static readonly (string Name, Activation Activation)[] Activations =
    [
        ("gelu", Activation.Gelu),
        ("gelu_new", Activation.GeluTanh),
        ("gelu_pytorch_tanh", Activation.GeluTanh),
        ("gelu_fast", Activation.GeluFast),
        ("silu", Activation.Silu),
        ("swish", Activation.Silu),
        ("relu", Activation.Relu),
    ];

    public static Activation ReadActivation(ConfigReader json, string key, string fallback)
    {
        var name = json.OptionalString(key) ?? fallback;
        return Array.Exists(Activations, entry => entry.Name == name)
            ? Activations.First(entry => entry.Name == name).Activation
            : throw json.Wrong(key, "one of " + string.Join(", ", Activations.Select(entry => entry.Name)));
    }

    public static string ActivationName(Activation activation) => Activations.First(entry => entry.Activation == activation).Name;

    /// <summary>Per layer, whether <c>layer_types</c> says that it has a window; empty where the file has none.</summary>
    public static IReadOnlyList<bool> SlidingLayers(ConfigReader json, int layers)
    {
        const string Key = "layer_types";
        var types = json.Strings(Key);
        return (types.Count == 0 || types.Count == layers) && types.All(type => type is "sliding_attention" or "full_attention")
            ? [.. types.Select(type => type == "sliding_attention")]
            : throw json.Wrong(Key, $"full_attention or sliding_attention for each of {layers} layers");
    }

    public static DecoderConfig Tokens(ConfigReader json, DecoderConfig config) => config with
    {
        InitializerRange = json.NotNegative("initializer_range", 0.02),
        BosId = json.OptionalInt("bos_token_id"),
        EosIds = json.Ints("eos_token_id"),
        PadId = json.OptionalInt("pad_token_id"),
    };

    public static JsonObject WriteTokens(DecoderConfig config, JsonObject json)
    {
        json["initializer_range"] = config.InitializerRange;
        json["bos_token_id"] = config.BosId;
        json["pad_token_id"] = config.PadId;
        json["eos_token_id"] = config.EosIds.Count switch
        {
            0 => null,
            1 => config.EosIds[0],
            _ => new JsonArray([.. config.EosIds.Select(id => (JsonNode)id)]),
        };
        return json;
    }
}
