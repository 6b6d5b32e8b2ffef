using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained.Families;

/// <summary>
/// Falcon in its three shapes: one key for all heads and parallel parts from one norm (7B), keys per group and parallel
/// parts from two norms (40B, 180B), ALiBi with sequential parts (RW).
/// </summary>
internal static class FalconFamily
{
    private static readonly TensorNames Names = new()
    {
        Prefix = "transformer.",
        Embedding = "transformer.word_embeddings",
        FinalNorm = "transformer.ln_f",
        Layer = "transformer.h.{0}.",
        AttentionNorm = "input_layernorm",
        QueryKeyValue = "self_attention.query_key_value",
        AttentionOutput = "self_attention.dense",
        FeedForwardNorm = "post_attention_layernorm",
        Up = "mlp.dense_h_to_4h",
        Down = "mlp.dense_4h_to_h",
        TokenHead = "classifier",
    };

    public static readonly DecoderFamily Falcon = new("falcon", "Falcon", "FalconForCausalLM", Names, Read, Write)
    {
        NamesOf = config => config.Residual == ResidualKind.ParallelTwoNorms
            ? Names with { AttentionNorm = "ln_attn", FeedForwardNorm = "ln_mlp" }
            : Names,
    };

    private static DecoderConfig Read(ConfigReader json)
    {
        var (width, heads) = (json.Size("hidden_size", 4544), json.Size("num_attention_heads", json.Size("n_head", 71)));
        var size = json.Quotient("hidden_size", width, json.Spelling("num_attention_heads", "n_head"), heads);
        var (grouped, multiQuery, bias) = (
            json.Bool("new_decoder_architecture", false), json.Bool("multi_query", true), json.Bool("bias", false));
        json.Refuse(json.Bool("apply_residual_connection_post_layernorm", false), "apply_residual_connection_post_layernorm", "false");
        json.Refuse(grouped && json.Int("num_ln_in_parallel_attn", 2) != 2, "num_ln_in_parallel_attn", "2");
        // num_kv_heads means something in the grouped shape only; elsewhere the file may say anything.
        var shared = grouped ? json.Size("num_kv_heads", json.Size("n_head_kv", heads)) : multiQuery ? 1 : heads;
        _ = json.Quotient("num_attention_heads", heads, json.Spelling("num_kv_heads", "n_head_kv"), shared);
        var alibi = json.Bool("alibi", false);
        var basis = new DecoderConfig
        {
            Family = "falcon",
            VocabularySize = json.Size("vocab_size", 65024),
            HiddenSize = width,
            Layers = json.Layers("num_hidden_layers", json.Size("n_layer", 32)),
            Heads = heads,
            KeyValueHeads = shared,
            HeadSize = size,
            FeedForwardSize = json.Size("ffn_hidden_size", 4 * width),
            ContextLength = json.Size("max_position_embeddings", 2048),
            Positions = alibi ? PositionKind.Alibi : PositionKind.Rotary,
            Rotary = alibi ? null : RotaryKeys.Read(json, size),
            AlibiScaled = alibi,
            Norm = NormKind.LayerNorm,
            NormEpsilon = json.NotNegative("layer_norm_epsilon", 1e-5),
            Residual = grouped ? ResidualKind.ParallelTwoNorms : json.Bool("parallel_attn", true) ? ResidualKind.ParallelOneNorm : ResidualKind.Sequential,
            QueryKeyValueLayout = grouped || !multiQuery ? QueryKeyValueLayout.PerGroup : QueryKeyValueLayout.Blocks,
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            FeedForwardBias = bias,
            Activation = ConfigKeys.ReadActivation(json, "activation", "gelu"),
            TiedHead = json.Bool("tie_word_embeddings", true),
        };
        return ConfigKeys.Tokens(json, basis);
    }

    private static JsonObject Write(DecoderConfig config)
    {
        var grouped = config.Residual == ResidualKind.ParallelTwoNorms;
        var json = ConfigKeys.WriteTokens(config, new JsonObject
        {
            ["model_type"] = "falcon",
            ["vocab_size"] = config.VocabularySize,
            ["hidden_size"] = config.HiddenSize,
            ["num_hidden_layers"] = config.Layers,
            ["num_attention_heads"] = config.Heads,
            ["num_kv_heads"] = config.KeyValueHeads,
            ["new_decoder_architecture"] = grouped,
            ["multi_query"] = config.QueryKeyValueLayout == QueryKeyValueLayout.Blocks,
            ["parallel_attn"] = config.Residual != ResidualKind.Sequential,
            ["ffn_hidden_size"] = config.FeedForwardSize,
            ["max_position_embeddings"] = config.ContextLength,
            ["alibi"] = config.Positions == PositionKind.Alibi,
            ["bias"] = config.QueryKeyValueBias,
            ["layer_norm_epsilon"] = config.NormEpsilon,
            ["activation"] = ConfigKeys.ActivationName(config.Activation),
            ["tie_word_embeddings"] = config.TiedHead,
        });
        if (config.Rotary is { } rotary)
        {
            RotaryKeys.Write(rotary, json);
        }

        return json;
    }
}
