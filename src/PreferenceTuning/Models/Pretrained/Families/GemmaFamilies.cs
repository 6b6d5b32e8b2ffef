using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained.Families;

/// <summary>
/// Gemma 1 to 3 (text): norms scaled by 1 + w, embeddings times the root of the width, GeGLU; from 2 on norms on outputs too and
/// windows.
/// </summary>
internal static class GemmaFamilies
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
        QueryNorm = "self_attn.q_norm",
        KeyNorm = "self_attn.k_norm",
        AttentionOutput = "self_attn.o_proj",
        FeedForwardNorm = "post_attention_layernorm",
        Gate = "mlp.gate_proj",
        Up = "mlp.up_proj",
        Down = "mlp.down_proj",
    };

    private static readonly TensorNames FourNorms = Names with
    {
        AttentionOutputNorm = "post_attention_layernorm",
        FeedForwardNorm = "pre_feedforward_layernorm",
        FeedForwardOutputNorm = "post_feedforward_layernorm",
    };

    public static readonly DecoderFamily[] All =
    [
        new("gemma", "Gemma", "GemmaForCausalLM", Names, Gemma, Write),
        new("gemma2", "Gemma2", "Gemma2ForCausalLM", FourNorms, Gemma2, Write),
        new("gemma3_text", "Gemma3Text", "Gemma3ForCausalLM", FourNorms, Gemma3, Write),
    ];

    // Files of Gemma 1 say "gelu" and mean the tanh form, in which it was trained.
    private static DecoderConfig Gemma(ConfigReader json)
    {
        var key = json.Has("hidden_activation") ? "hidden_activation" : "hidden_act";
        return Common(json, keyValueHeads: 16) with
        {
            Activation = json.OptionalString(key) is null or "gelu" ? Activation.GeluTanh : ConfigKeys.ReadActivation(json, key, ""),
        };
    }

    private static DecoderConfig Gemma2(ConfigReader json)
    {
        var config = Common(json, keyValueHeads: 4) with
        {
            NormPlacement = NormPlacement.BeforeAndOnOutput,
            Activation = ConfigKeys.ReadActivation(json, "hidden_activation", "gelu_pytorch_tanh"),
            AttentionScale = Math.Pow(json.Positive("query_pre_attn_scalar", 256), -0.5),
            AttentionSoftCap = SoftCap(json, "attn_logit_softcapping", 50),
            LogitSoftCap = SoftCap(json, "final_logit_softcapping", 30),
        };
        return Windows(json, config, layer => layer % 2 == 0);
    }

    // Here null is an answer (no cap), and only an absent key means the default.
    private static double? SoftCap(ConfigReader json, string key, double fallback) =>
        json.Json.ContainsKey(key) ? json.OptionalPositive(key) : fallback;

    private static DecoderConfig Gemma3(ConfigReader json)
    {
        json.Refuse(json.Bool("use_bidirectional_attention", false), "use_bidirectional_attention", "false");
        var config = Common(json, keyValueHeads: 4) with
        {
            NormPlacement = NormPlacement.BeforeAndOnOutput,
            QueryKeyNorm = QueryKeyNorm.PerHead,
            Activation = ConfigKeys.ReadActivation(json, "hidden_activation", "gelu_pytorch_tanh"),
            AttentionScale = Math.Pow(json.Positive("query_pre_attn_scalar", 256), -0.5),
            AttentionSoftCap = json.OptionalPositive("attn_logit_softcapping"),
            LogitSoftCap = json.OptionalPositive("final_logit_softcapping"),
        };
        var pattern = json.Size("sliding_window_pattern", json.Size("_sliding_window_pattern", 6));
        var nested = json.Object("rope_scaling") is null ? json.Object("rope_parameters") : null;
        return Windows(json, config, layer => (layer + 1) % pattern != 0) with
        {
            Rotary = Rotary(json, config.HeadSize, nested?.Object("full_attention"), json.Object("rope_scaling"), "rope_theta", 1e6),
            WindowRotary = Rotary(json, config.HeadSize, nested?.Object("sliding_attention"), null, "rope_local_base_freq", 1e4),
        };
    }

    private static RotaryConfig Rotary(
        ConfigReader json, int headSize, ConfigReader? parameters, ConfigReader? scaling, string baseKey, double @base) =>
        RotaryKeys.Scaled(
            json,
            parameters ?? scaling,
            new RotaryConfig { Dimensions = headSize, Base = parameters?.OptionalPositive("rope_theta") ?? json.Positive(baseKey, @base) });

    private static DecoderConfig Common(ConfigReader json, int keyValueHeads)
    {
        var (width, size) = (json.Size("hidden_size"), json.Size("head_dim", 256));
        var (heads, shared) = (json.Size("num_attention_heads"), json.Size("num_key_value_heads", keyValueHeads));
        _ = json.Quotient("num_attention_heads", heads, "num_key_value_heads", shared);
        json.Refuse(json.Bool("use_bidirectional_attention", false), "use_bidirectional_attention", "false");
        var basis = DecoderConfig.Llama(
            json.Size("vocab_size"),
            width,
            json.Layers("num_hidden_layers"),
            heads,
            shared,
            json.Size("intermediate_size"),
            json.Size("max_position_embeddings", 8192));
        var bias = json.Bool("attention_bias", false);
        return ConfigKeys.Tokens(json, basis) with
        {
            Family = json.OptionalString("model_type")!,
            HeadSize = size,
            Rotary = json.OptionalString("model_type") == "gemma3_text"
                ? new RotaryConfig { Dimensions = size }
                : RotaryKeys.Read(json, size),
            Norm = NormKind.RmsNormPlusOne,
            NormEpsilon = json.NotNegative("rms_norm_eps", 1e-6),
            EmbeddingScale = Math.Sqrt(width),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            TiedHead = json.Bool("tie_word_embeddings", true),
        };
    }

    private static DecoderConfig Windows(ConfigReader json, DecoderConfig config, Func<int, bool> slides)
    {
        var types = ConfigKeys.SlidingLayers(json, config.Layers);
        return config with
        {
            Window = json.Size("sliding_window", 4096),
            WindowLayers = types.Count > 0
                ? types
                : [.. Enumerable.Range(0, config.Layers).Select(slides)],
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
            ["hidden_act"] = "gelu_pytorch_tanh",
            ["hidden_activation"] = "gelu_pytorch_tanh",
            ["attention_bias"] = config.AttentionOutputBias,
            ["tie_word_embeddings"] = config.TiedHead,
        });
        RotaryKeys.Write(config.Rotary!, json);
        if (config.Family != "gemma")
        {
            json["query_pre_attn_scalar"] = config.AttentionScale is { } scale ? Math.Round(Math.Pow(scale, -2), 9) : config.HeadSize;
            json["attn_logit_softcapping"] = config.AttentionSoftCap;
            json["final_logit_softcapping"] = config.LogitSoftCap;
            json["sliding_window"] = config.Window;
            json["layer_types"] = new JsonArray(
                [.. config.WindowLayers.Select(slides => (JsonNode)(slides ? "sliding_attention" : "full_attention"))]);
        }

        if (config.WindowRotary is { } window)
        {
            json["rope_local_base_freq"] = window.Base;
        }

        return json;
    }
}
