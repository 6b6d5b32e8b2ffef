using System.Globalization;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>
/// How a family names its tensors in a folder, without <c>.weight</c> and <c>.bias</c>. Names inside a block are relative
/// to <see cref="Layer"/>; a part that the family does not have is null.
/// </summary>
internal sealed record TensorNames
{
    /// <summary>What stands before every name but the heads'; some files leave it out.</summary>
    public required string Prefix { get; init; }

    public required string Embedding { get; init; }

    public string? Positions { get; init; }

    public string? EmbeddingNorm { get; init; }

    public string? EmbeddingIn { get; init; }

    public string? EmbeddingOut { get; init; }

    public string? FinalNorm { get; init; }

    public string Head { get; init; } = "lm_head";

    /// <summary>The block's prefix with <c>{0}</c> for its number.</summary>
    public required string Layer { get; init; }

    public string? AttentionNorm { get; init; }

    public string? AttentionOutputNorm { get; init; }

    public string? FeedForwardNorm { get; init; }

    public string? FeedForwardOutputNorm { get; init; }

    public string? QueryKeyValue { get; init; }

    public string? Query { get; init; }

    public string? Key { get; init; }

    public string? Value { get; init; }

    public string? QueryNorm { get; init; }

    public string? KeyNorm { get; init; }

    public required string AttentionOutput { get; init; }

    public string? Gate { get; init; }

    /// <summary>The map into the feed-forward part; with a fused gate, both.</summary>
    public required string Up { get; init; }

    public required string Down { get; init; }

    /// <summary>Whether linear maps are stored [in, out] (GPT-2).</summary>
    public bool Transposed { get; init; }

    /// <summary>The head of a token classifier (transformers names it by family).</summary>
    public string TokenHead { get; init; } = "score";

    public string InLayer(int layer, string name) => string.Format(CultureInfo.InvariantCulture, Layer, layer) + name;
}
