using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained.Families;

/// <summary>
/// GPT-NeoX and Pythia: partial rotation, parallel residual with two norms, queries, keys and values per head in one tensor.
/// </summary>
internal static class NeoxFamily
{
    public static readonly DecoderFamily Neox = new("gpt_neox", "GPTNeoX", "GPTNeoXForCausalLM", Names(), Read, Write);

    private static TensorNames Names() => new()
    {
        Prefix = "gpt_neox.",
        Embedding = "gpt_neox.embed_in",
        FinalNorm = "gpt_neox.final_layer_norm",
        Head = "embed_out",
        Layer = "gpt_neox.layers.{0}.",
        AttentionNorm = "input_layernorm",
        QueryKeyValue = "attention.query_key_value",
        AttentionOutput = "attention.dense",
        FeedForwardNorm = "post_attention_layernorm",
        Up = "mlp.dense_h_to_4h",
        Down = "mlp.dense_4h_to_h",
        TokenHead = "classifier",
    };

    private static DecoderConfig Read(ConfigReader json)
    {
        var (width, heads) = (json.Size("hidden_size"), json.Size("num_attention_heads"));
        var size = json.Quotient("hidden_size", width, "num_attention_heads", heads);
        var bias = json.Bool("attention_bias", true);
        var basis = new DecoderConfig
        {
            Family = "gpt_neox",
            VocabularySize = json.Size("vocab_size"),
            HiddenSize = width,
            Layers = json.Layers("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = size,
            FeedForwardSize = json.Size("intermediate_size"),
            ContextLength = json.Size("max_position_embeddings", 2048),
            Positions = PositionKind.Rotary,
            Rotary = RotaryKeys.Read(json, size, fraction: 0.25, "rotary_emb_base", "rotary_pct"),
            Norm = NormKind.LayerNorm,
            NormEpsilon = json.NotNegative("layer_norm_eps", 1e-5),
            Residual = json.Bool("use_parallel_residual", true) ? ResidualKind.ParallelTwoNorms : ResidualKind.Sequential,
            QueryKeyValueLayout = QueryKeyValueLayout.PerGroup,
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            Activation = ConfigKeys.ReadActivation(json, "hidden_act", "gelu"),
            FeedForwardBias = true,
            TiedHead = json.Bool("tie_word_embeddings", false),
        };
        return ConfigKeys.Tokens(json, basis);
    }

    private static JsonObject Write(DecoderConfig config)
    {
        var json = ConfigKeys.WriteTokens(config, new JsonObject
        {
            ["model_type"] = "gpt_neox",
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["intermediate_size"] = config.FeedForwardSize,
            ["max_position_embeddings"] = config.ContextLength,
            ["layer_norm_eps"] = config.NormEpsilon,
            ["use_parallel_residual"] = config.Residual == ResidualKind.ParallelTwoNorms,
            ["attention_bias"] = config.QueryKeyValueBias,
            ["hidden_act"] = ConfigKeys.ActivationName(config.Activation),
            ["rotary_pct"] = (double)config.Rotary!.Dimensions / config.HeadSize,
            ["tie_word_embeddings"] = config.TiedHead,
        });
        RotaryKeys.Write(config.Rotary, json, "rotary_emb_base");
        return json;
    }
}
