using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained.Families;

/// <summary>MPT and BLOOM: ALiBi instead of positions, tied heads.</summary>
internal static class AlibiFamilies
{
    public static readonly DecoderFamily[] All =
    [
        new("mpt", "Mpt", "MptForCausalLM", MptNames(), ReadMpt, WriteMpt),
        new("bloom", "Bloom", "BloomForCausalLM", BloomNames(), ReadBloom, WriteBloom),
    ];

    private static TensorNames MptNames() => new()
    {
        Prefix = "transformer.",
        Embedding = "transformer.wte",
        FinalNorm = "transformer.norm_f",
        Layer = "transformer.blocks.{0}.",
        AttentionNorm = "norm_1",
        QueryKeyValue = "attn.Wqkv",
        AttentionOutput = "attn.out_proj",
        FeedForwardNorm = "norm_2",
        Up = "ffn.up_proj",
        Down = "ffn.down_proj",
        TokenHead = "classifier",
    };

    private static TensorNames BloomNames() => new()
    {
        Prefix = "transformer.",
        Embedding = "transformer.word_embeddings",
        EmbeddingNorm = "transformer.word_embeddings_layernorm",
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

    private static DecoderConfig ReadMpt(ConfigReader json)
    {
        var (width, heads) = (json.Size("d_model", 2048), json.Size("n_heads", 16));
        var attention = json.Object("attn_config");
        CheckMpt(json, attention);
        var basis = Common("mpt", json, width, heads, json.Quotient("d_model", width, "n_heads", heads), json.Layers("n_layers", 24)) with
        {
            ContextLength = json.Size("max_seq_len", 2048),
            AlibiSlopes = AlibiSlopeOrder.HigherCut,
            NormBias = false,
            AttentionScale = attention?.OptionalPositive("softmax_scale"),
            QueryKeyValueClip = attention?.OptionalPositive("clip_qkv"),
            QueryKeyValueLayout = QueryKeyValueLayout.Blocks,
            Activation = Activation.Gelu,
        };
        return ConfigKeys.Tokens(json, basis);
    }

    // The library ignores these and computes the default; a model that needs another would be silently wrong.
    private static void CheckMpt(ConfigReader json, ConfigReader? attention)
    {
        json.Refuse(json.Int("expansion_ratio", 4) != 4, "expansion_ratio", "4");
        json.Refuse(!json.Bool("no_bias", true), "no_bias", "true");
        json.Refuse(json.Has("logit_scale"), "logit_scale", "null");
        if (attention is null)
        {
            return;
        }

        attention.Refuse(!attention.Bool("alibi", true), "alibi", "true");
        attention.Refuse(attention.Double("alibi_bias_max", 8) != 8, "alibi_bias_max", "8");
        attention.Refuse(
            (attention.OptionalString("attn_type") ?? "multihead_attention") != "multihead_attention", "attn_type", "multihead_attention");
        attention.Refuse(attention.Bool("prefix_lm", false), "prefix_lm", "false");
        attention.Refuse(attention.Bool("qk_ln", false), "qk_ln", "false");
    }

    private static DecoderConfig ReadBloom(ConfigReader json)
    {
        var width = json.Size("hidden_size", json.Size("n_embed", 64));
        json.Refuse(json.Bool("apply_residual_connection_post_layernorm", false), "apply_residual_connection_post_layernorm", "false");
        var heads = json.Size("n_head", json.Size("num_attention_heads", 8));
        var size = json.Quotient(json.Spelling("hidden_size", "n_embed"), width, json.Spelling("n_head", "num_attention_heads"), heads);
        var basis = Common("bloom", json, width, heads, size, json.Layers("n_layer", json.Size("num_hidden_layers", 2))) with
        {
            ContextLength = json.Size("seq_length", 2048),
            EmbeddingNorm = true,
            QueryKeyValueLayout = QueryKeyValueLayout.PerGroup,
            QueryKeyValueBias = true,
            AttentionOutputBias = true,
            FeedForwardBias = true,
            Activation = Activation.GeluBloom,
        };
        return ConfigKeys.Tokens(json, basis);
    }

    private static DecoderConfig Common(string family, ConfigReader json, int width, int heads, int headSize, int layers) => new()
    {
        Family = family,
        VocabularySize = json.Size("vocab_size"),
        HiddenSize = width,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = heads,
        HeadSize = headSize,
        FeedForwardSize = 4 * width,
        ContextLength = 2048,
        Positions = PositionKind.Alibi,
        Norm = NormKind.LayerNorm,
        NormEpsilon = json.NotNegative("layer_norm_epsilon", 1e-5),
        Activation = Activation.Gelu,
        TiedHead = json.Bool("tie_word_embeddings", true),
    };

    private static JsonObject WriteMpt(DecoderConfig config) => ConfigKeys.WriteTokens(config, new JsonObject
    {
        ["model_type"] = "mpt",
        ["vocab_size"] = config.VocabularySize,
        ["d_model"] = config.HiddenSize,
        ["n_heads"] = config.Heads,
        ["n_layers"] = config.Layers,
        ["max_seq_len"] = config.ContextLength,
        ["expansion_ratio"] = 4,
        ["no_bias"] = true,
        ["layer_norm_epsilon"] = config.NormEpsilon,
        ["attn_config"] = new JsonObject
        {
            ["alibi"] = true,
            ["alibi_bias_max"] = 8,
            ["attn_type"] = "multihead_attention",
            ["clip_qkv"] = config.QueryKeyValueClip,
            ["softmax_scale"] = config.AttentionScale,
        },
        ["tie_word_embeddings"] = config.TiedHead,
    });

    private static JsonObject WriteBloom(DecoderConfig config) => ConfigKeys.WriteTokens(config, new JsonObject
    {
        ["model_type"] = "bloom",
        ["vocab_size"] = config.VocabularySize,
        ["hidden_size"] = config.HiddenSize,
        ["n_head"] = config.Heads,
        ["n_layer"] = config.Layers,
        ["seq_length"] = config.ContextLength,
        ["layer_norm_epsilon"] = config.NormEpsilon,
        ["tie_word_embeddings"] = config.TiedHead,
    });
}
