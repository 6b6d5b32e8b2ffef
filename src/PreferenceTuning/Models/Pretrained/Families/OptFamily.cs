using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained.Families;

/// <summary>
/// OPT (Zhang et al. 2022): learned positions with two unused rows, ReLU; the 350M model has norms after the residual and a narrow
/// embedding.
/// </summary>
internal static class OptFamily
{
    public static readonly DecoderFamily Opt = new("opt", "OPT", "OPTForCausalLM", Names(), Read, Write);

    private static TensorNames Names() => new()
    {
        Prefix = "model.",
        Embedding = "model.decoder.embed_tokens",
        Positions = "model.decoder.embed_positions",
        EmbeddingIn = "model.decoder.project_in",
        EmbeddingOut = "model.decoder.project_out",
        FinalNorm = "model.decoder.final_layer_norm",
        Layer = "model.decoder.layers.{0}.",
        AttentionNorm = "self_attn_layer_norm",
        Query = "self_attn.q_proj",
        Key = "self_attn.k_proj",
        Value = "self_attn.v_proj",
        AttentionOutput = "self_attn.out_proj",
        FeedForwardNorm = "final_layer_norm",
        Up = "fc1",
        Down = "fc2",
    };

    private static DecoderConfig Read(ConfigReader json)
    {
        var (width, heads) = (json.Size("hidden_size", 768), json.Size("num_attention_heads", 12));
        var (bias, before) = (json.Bool("enable_bias", true), json.Bool("do_layer_norm_before", true));
        var embedding = json.Size("word_embed_proj_dim", width);
        json.Refuse(!json.Bool("layer_norm_elementwise_affine", true), "layer_norm_elementwise_affine", "true");
        var basis = new DecoderConfig
        {
            Family = "opt",
            VocabularySize = json.Size("vocab_size", 50272),
            HiddenSize = width,
            Layers = json.Layers("num_hidden_layers", 12),
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = json.Quotient("hidden_size", width, "num_attention_heads", heads),
            FeedForwardSize = json.Size("ffn_dim", 3072),
            ContextLength = json.Size("max_position_embeddings", 2048),
            EmbeddingSize = embedding == width ? null : embedding,
            Positions = PositionKind.Learned,
            PositionOffset = 2,
            Norm = NormKind.LayerNorm,
            NormEpsilon = 1e-5,
            NormPlacement = before ? NormPlacement.Before : NormPlacement.AfterResidual,
            FinalNorm = before && !json.Bool("_remove_final_layer_norm", false),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            Activation = ConfigKeys.ReadActivation(json, "activation_function", "relu"),
            FeedForwardBias = bias,
            TiedHead = json.Bool("tie_word_embeddings", true),
        };
        return ConfigKeys.Tokens(json, basis) with { InitializerRange = json.NotNegative("init_std", 0.02) };
    }

    private static JsonObject Write(DecoderConfig config) => ConfigKeys.WriteTokens(config, new JsonObject
    {
        ["model_type"] = "opt",
        ["vocab_size"] = config.VocabularySize,
        ["hidden_size"] = config.HiddenSize,
        ["word_embed_proj_dim"] = config.EmbeddingSize ?? config.HiddenSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["ffn_dim"] = config.FeedForwardSize,
        ["max_position_embeddings"] = config.ContextLength,
        ["do_layer_norm_before"] = config.NormPlacement == NormPlacement.Before,
        ["_remove_final_layer_norm"] = config.NormPlacement == NormPlacement.Before && !config.FinalNorm,
        ["enable_bias"] = config.QueryKeyValueBias,
        ["activation_function"] = ConfigKeys.ActivationName(config.Activation),
        ["init_std"] = config.InitializerRange,
        ["tie_word_embeddings"] = config.TiedHead,
    });
}
