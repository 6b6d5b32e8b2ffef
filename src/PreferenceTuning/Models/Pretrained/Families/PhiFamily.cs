using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained.Families;

/// <summary>Phi 1 to 2: attention and feed-forward in parallel from one norm, partial rotation, biases everywhere.</summary>
internal static class PhiFamily
{
    public static readonly DecoderFamily Phi = new("phi", "Phi", "PhiForCausalLM", Names(), Read, Write);

    private static TensorNames Names() => new()
    {
        Prefix = "model.",
        Embedding = "model.embed_tokens",
        FinalNorm = "model.final_layernorm",
        Layer = "model.layers.{0}.",
        AttentionNorm = "input_layernorm",
        Query = "self_attn.q_proj",
        Key = "self_attn.k_proj",
        Value = "self_attn.v_proj",
        AttentionOutput = "self_attn.dense",
        Up = "mlp.fc1",
        Down = "mlp.fc2",
    };

    private static DecoderConfig Read(ConfigReader json)
    {
        var (width, heads) = (json.Size("hidden_size"), json.Size("num_attention_heads"));
        var size = json.Quotient("hidden_size", width, "num_attention_heads", heads);
        var shared = json.Size("num_key_value_heads", heads);
        _ = json.Quotient("num_attention_heads", heads, "num_key_value_heads", shared);
        json.Refuse(json.Bool("qk_layernorm", false), "qk_layernorm", "false");
        var basis = new DecoderConfig
        {
            Family = "phi",
            VocabularySize = json.Size("vocab_size"),
            HiddenSize = width,
            Layers = json.Layers("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = shared,
            HeadSize = size,
            FeedForwardSize = json.Size("intermediate_size"),
            ContextLength = json.Size("max_position_embeddings", 2048),
            Positions = PositionKind.Rotary,
            Rotary = RotaryKeys.Read(json, size, fraction: 0.5),
            Norm = NormKind.LayerNorm,
            NormEpsilon = json.NotNegative("layer_norm_eps", 1e-5),
            Residual = ResidualKind.ParallelOneNorm,
            QueryKeyValueBias = true,
            AttentionOutputBias = true,
            Activation = ConfigKeys.ReadActivation(json, "hidden_act", "gelu_new"),
            FeedForwardBias = true,
            HeadBias = true,
            TiedHead = json.Bool("tie_word_embeddings", false),
        };
        return ConfigKeys.Tokens(json, basis);
    }

    private static JsonObject Write(DecoderConfig config)
    {
        var json = ConfigKeys.WriteTokens(config, new JsonObject
        {
            ["model_type"] = "phi",
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_key_value_heads"] = config.KeyValueHeads,
            ["intermediate_size"] = config.FeedForwardSize,
            ["max_position_embeddings"] = config.ContextLength,
            ["layer_norm_eps"] = config.NormEpsilon,
            ["hidden_act"] = ConfigKeys.ActivationName(config.Activation),
            ["partial_rotary_factor"] = (double)config.Rotary!.Dimensions / config.HeadSize,
            ["qk_layernorm"] = false,
            ["tie_word_embeddings"] = config.TiedHead,
        });
        RotaryKeys.Write(config.Rotary, json);
        return json;
    }
}
