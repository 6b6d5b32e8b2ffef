using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained.Families;

/// <summary>GPT-2 (Radford et al. 2019): linear maps stored [in, out], learned positions, tied head.</summary>
internal static class Gpt2Family
{
    public static readonly DecoderFamily Gpt2 = new("gpt2", "GPT2", "GPT2LMHeadModel", Names(), Read, Write);

    private static TensorNames Names() => new()
    {
        Prefix = "transformer.",
        Embedding = "transformer.wte",
        Positions = "transformer.wpe",
        FinalNorm = "transformer.ln_f",
        Layer = "transformer.h.{0}.",
        AttentionNorm = "ln_1",
        QueryKeyValue = "attn.c_attn",
        AttentionOutput = "attn.c_proj",
        FeedForwardNorm = "ln_2",
        Up = "mlp.c_fc",
        Down = "mlp.c_proj",
        Transposed = true,
        TokenHead = "classifier",
    };

    private static DecoderConfig Read(ConfigReader json)
    {
        var (width, heads) = (json.Size("n_embd", 768), json.Size("n_head", 12));
        _ = json.Quotient("n_embd", width, "n_head", heads);
        json.Refuse(json.Bool("add_cross_attention", false), "add_cross_attention", "false");
        var basis = DecoderConfig.Gpt2(
            json.Size("vocab_size", 50257), width, json.Layers("n_layer", 12), heads, json.Size("n_positions", 1024));
        return ConfigKeys.Tokens(json, basis) with
        {
            FeedForwardSize = json.Size("n_inner", 4 * width),
            NormEpsilon = json.NotNegative("layer_norm_epsilon", 1e-5),
            Activation = ConfigKeys.ReadActivation(json, "activation_function", "gelu_new"),
            AttentionScale = json.Bool("scale_attn_weights", true) ? null : 1,
            ScaleByInverseLayer = json.Bool("scale_attn_by_inverse_layer_idx", false),
            TiedHead = json.Bool("tie_word_embeddings", true),
        };
    }

    private static JsonObject Write(DecoderConfig config) => ConfigKeys.WriteTokens(config, new JsonObject
    {
        ["model_type"] = "gpt2",
        ["vocab_size"] = config.VocabularySize,
        ["n_embd"] = config.HiddenSize,
        ["n_head"] = config.Heads,
        ["n_layer"] = config.Layers,
        ["n_positions"] = config.ContextLength,
        ["n_ctx"] = config.ContextLength,
        ["n_inner"] = config.FeedForwardSize,
        ["layer_norm_epsilon"] = config.NormEpsilon,
        ["activation_function"] = ConfigKeys.ActivationName(config.Activation),
        ["scale_attn_weights"] = config.AttentionScale is null,
        ["scale_attn_by_inverse_layer_idx"] = config.ScaleByInverseLayer,
        ["tie_word_embeddings"] = config.TiedHead,
    });
}
