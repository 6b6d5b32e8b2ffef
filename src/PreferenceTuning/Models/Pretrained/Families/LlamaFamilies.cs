using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained.Families;

/// <summary>Llama (Touvron et al. 2023) and those that differ from it in a few options: Mistral, Qwen 2 and 3, Phi-3, OLMo 2.</summary>
internal static class LlamaFamilies
{
    private static readonly TensorNames Names = new()
    {
        Prefix = "model.",
        Embedding = "model.embed_tokens",
        FinalNorm = "model.norm",
        Layer = "model.layers.{0}.",
        AttentionNorm = "input_layernorm",
        Query = "self_attn.q_proj",
        Key = "self_attn.k_proj",
        Value = "self_attn.v_proj",
        QueryKeyValue = "self_attn.qkv_proj",
        QueryNorm = "self_attn.q_norm",
        KeyNorm = "self_attn.k_norm",
        AttentionOutput = "self_attn.o_proj",
        FeedForwardNorm = "post_attention_layernorm",
        Gate = "mlp.gate_proj",
        Up = "mlp.up_proj",
        Down = "mlp.down_proj",
    };

    // OLMo 2 calls its output norms by the names that others give to norms before.
    private static readonly TensorNames Olmo2Names = Names with
    {
        AttentionNorm = null,
        FeedForwardNorm = null,
        AttentionOutputNorm = "post_attention_layernorm",
        FeedForwardOutputNorm = "post_feedforward_layernorm",
    };

    public static readonly DecoderFamily[] All =
    [
        new("llama", "Llama", "LlamaForCausalLM", Names, Llama, Write),
        new("mistral", "Mistral", "MistralForCausalLM", Names, Mistral, Write),
        new("qwen2", "Qwen2", "Qwen2ForCausalLM", Names, Qwen2, Write),
        new("qwen3", "Qwen3", "Qwen3ForCausalLM", Names, Qwen3, Write),
        new("phi3", "Phi3", "Phi3ForCausalLM", Names with { Up = "mlp.gate_up_proj" }, Phi3, Write),
        new("olmo2", "Olmo2", "Olmo2ForCausalLM", Olmo2Names, Olmo2, Write),
    ];

    private static DecoderConfig Llama(ConfigReader json) => Common(json, epsilon: 1e-6) with
    {
        QueryKeyValueBias = json.Bool("attention_bias", false),
        AttentionOutputBias = json.Bool("attention_bias", false),
        FeedForwardBias = json.Bool("mlp_bias", false),
    };

    private static DecoderConfig Mistral(ConfigReader json) =>
        AllLayersSlide(Common(json, keyValueHeads: 8), SlidingWindow(json));

    private static DecoderConfig Qwen2(ConfigReader json) => LateLayersSlide(json, Common(json)) with { QueryKeyValueBias = true };

    private static DecoderConfig Qwen3(ConfigReader json) => LateLayersSlide(json, Common(json, headSize: 128)) with
    {
        QueryKeyNorm = QueryKeyNorm.PerHead,
        QueryKeyValueBias = json.Bool("attention_bias", false),
        AttentionOutputBias = json.Bool("attention_bias", false),
    };

    private static DecoderConfig Phi3(ConfigReader json) => AllLayersSlide(Common(json, epsilon: 1e-5), json.OptionalSize("sliding_window")) with
    {
        QueryKeyValueLayout = QueryKeyValueLayout.Blocks,
        FusedGate = true,
    };

    private static DecoderConfig Olmo2(ConfigReader json) => Common(json, epsilon: 1e-5) with
    {
        NormPlacement = NormPlacement.OnOutput,
        QueryKeyNorm = QueryKeyNorm.AllHeads,
        QueryKeyValueBias = json.Bool("attention_bias", false),
        AttentionOutputBias = json.Bool("attention_bias", false),
    };

    private static DecoderConfig Common(ConfigReader json, double epsilon = 1e-6, int? keyValueHeads = null, int? headSize = null)
    {
        var (width, heads) = (json.Size("hidden_size"), json.Size("num_attention_heads"));
        var size = json.OptionalSize("head_dim") ?? headSize ?? json.Quotient("hidden_size", width, "num_attention_heads", heads);
        var rotary = RotaryKeys.Read(json, size);
        var shared = json.Size("num_key_value_heads", keyValueHeads ?? heads);
        _ = json.Quotient("num_attention_heads", heads, "num_key_value_heads", shared);
        var basis = DecoderConfig.Llama(
            json.Size("vocab_size"),
            width,
            json.Layers("num_hidden_layers"),
            heads,
            shared,
            json.Size("intermediate_size"),
            json.Size("max_position_embeddings", 2048));
        return ConfigKeys.Tokens(json, basis) with
        {
            Family = json.OptionalString("model_type")!,
            HeadSize = size,
            Rotary = rotary,
            NormEpsilon = json.NotNegative("rms_norm_eps", epsilon),
            Activation = ConfigKeys.ReadActivation(json, "hidden_act", "silu"),
            TiedHead = json.Bool("tie_word_embeddings", false),
        };
    }

    private static DecoderConfig AllLayersSlide(DecoderConfig config, int? window) =>
        window is null ? config : config with { Window = window, WindowLayers = [.. Enumerable.Repeat(true, config.Layers)] };

    // Mistral's and Qwen's default, which an absent key means; null is an answer (no window).
    private static int? SlidingWindow(ConfigReader json) => json.Json.ContainsKey("sliding_window") ? json.OptionalSize("sliding_window") : 4096;

    // The file may carry a window that use_sliding_window switches off.
    private static DecoderConfig LateLayersSlide(ConfigReader json, DecoderConfig config)
    {
        if (!json.Bool("use_sliding_window", false) || SlidingWindow(json) is not { } window)
        {
            return config;
        }

        var types = ConfigKeys.SlidingLayers(json, config.Layers);
        var first = json.Index("max_window_layers", 28);
        return config with
        {
            Window = window,
            WindowLayers = types.Count > 0
                ? types
                : [.. Enumerable.Range(0, config.Layers).Select(layer => layer >= first)],
        };
    }

    private static JsonObject Write(DecoderConfig config)
    {
        var json = ConfigKeys.WriteTokens(config, new JsonObject
        {
            ["model_type"] = config.Family,
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_key_value_heads"] = config.KeyValueHeads,
            ["head_dim"] = config.HeadSize,
            ["intermediate_size"] = config.FeedForwardSize,
            ["max_position_embeddings"] = config.ContextLength,
            ["rms_norm_eps"] = config.NormEpsilon,
            ["hidden_act"] = ConfigKeys.ActivationName(config.Activation),
            ["attention_bias"] = config.AttentionOutputBias,
            ["mlp_bias"] = config.FeedForwardBias,
            ["tie_word_embeddings"] = config.TiedHead,
        });
        RotaryKeys.Write(config.Rotary!, json);
        WriteWindow(config, json);
        if (config.Family == "phi3")
        {
            var original = config.Rotary!.OriginalContextLength;
            json["original_max_position_embeddings"] = original > 0 ? original : config.ContextLength;
            json["partial_rotary_factor"] = (double)config.Rotary.Dimensions / config.HeadSize;
        }

        return json;
    }

    private static void WriteWindow(DecoderConfig config, JsonObject json)
    {
        json["sliding_window"] = config.Window;
        if (config.Family is "qwen2" or "qwen3")
        {
            json["use_sliding_window"] = config.Window is not null;
            json["max_window_layers"] = config.Window is null ? config.Layers : config.WindowLayers.TakeWhile(slides => !slides).Count();
        }
    }
}
