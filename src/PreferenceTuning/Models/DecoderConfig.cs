namespace PreferenceTuning.Models;

/// <summary>
/// What a decoder-only language model looks like, option by option. Every supported family is a combination of these
/// options over one block implementation; <see cref="Family"/> only decides how tensors and configuration keys are
/// named in a Hugging Face folder. <see cref="Gpt2"/> and <see cref="Llama"/> make configurations to train from scratch,
/// <see cref="DecoderModel.FromPretrained"/> reads any of them from a folder.
/// </summary>
public sealed record DecoderConfig
{
    internal const int MostLayers = 10_000;

    /// <summary>The family, spelled like <c>model_type</c> in config.json: <c>gpt2</c>, <c>llama</c>, ...</summary>
    public required string Family { get; init; }

    /// <summary>V, number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>D, width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads per block.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads per block; each serves <c>Heads / KeyValueHeads</c> query heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>d, width of one head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Width inside the feed-forward part.</summary>
    public required int FeedForwardSize { get; init; }

    /// <summary>Longest sequence the model was made for, in tokens; learned positions end there.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Width of token embeddings and head input where it is not <see cref="HiddenSize"/> (OPT); null for equal.</summary>
    public int? EmbeddingSize { get; init; }

    /// <summary>Factor on the embeddings (Gemma: the square root of the hidden size); default 1.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>Whether a layer norm follows the embedding (BLOOM).</summary>
    public bool EmbeddingNorm { get; init; }

    /// <summary>How positions enter.</summary>
    public required PositionKind Positions { get; init; }

    /// <summary>Rows of the learned position table before position 0 (OPT: 2).</summary>
    public int PositionOffset { get; init; }

    /// <summary>The rotation of queries and keys where <see cref="Positions"/> is <see cref="PositionKind.Rotary"/>.</summary>
    public RotaryConfig? Rotary { get; init; }

    /// <summary>Another rotation for the layers with a window (Gemma 3); null for the same.</summary>
    public RotaryConfig? WindowRotary { get; init; }

    /// <summary>Whether ALiBi's distance penalty is divided by the root of the head size like the scores (Falcon).</summary>
    public bool AlibiScaled { get; init; }

    /// <summary>The order of ALiBi's slopes where the number of heads is not a power of two.</summary>
    public AlibiSlopeOrder AlibiSlopes { get; init; }

    /// <summary>The kind of all norms in the model.</summary>
    public required NormKind Norm { get; init; }

    /// <summary>Added to the variance inside the root.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Whether layer norms have a bias (MPT: no).</summary>
    public bool NormBias { get; init; } = true;

    /// <summary>Where the norms of a block stand.</summary>
    public NormPlacement NormPlacement { get; init; }

    /// <summary>Whether a norm follows the last block (OPT with post norms: no).</summary>
    public bool FinalNorm { get; init; } = true;

    /// <summary>Whether and over what queries and keys are normalised.</summary>
    public QueryKeyNorm QueryKeyNorm { get; init; }

    /// <summary>How attention and feed-forward follow each other.</summary>
    public ResidualKind Residual { get; init; }

    /// <summary>Factor on the attention scores; null for <c>1 / sqrt(HeadSize)</c>.</summary>
    public double? AttentionScale { get; init; }

    /// <summary>Whether the scores of layer i are further divided by i, counted from 1 (GPT-2).</summary>
    public bool ScaleByInverseLayer { get; init; }

    /// <summary>c in <c>c tanh(score / c)</c> on the attention scores (Gemma 2), or null.</summary>
    public double? AttentionSoftCap { get; init; }

    /// <summary>Queries, keys and values are clamped to plus or minus this (MPT), or null.</summary>
    public double? QueryKeyValueClip { get; init; }

    /// <summary>How many tokens a window layer sees, itself included; null where no layer has a window.</summary>
    public int? Window { get; init; }

    /// <summary>Per layer, whether it sees only <see cref="Window"/> tokens; empty for none.</summary>
    public IReadOnlyList<bool> WindowLayers { get; init; } = [];

    /// <summary>Whether one tensor holds queries, keys and values, and in which order.</summary>
    public QueryKeyValueLayout QueryKeyValueLayout { get; init; }

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Whether the map out of attention has a bias.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>The nonlinearity of the feed-forward part.</summary>
    public required Activation Activation { get; init; }

    /// <summary>Whether the feed-forward part multiplies the activated gate with a second map (SwiGLU, GeGLU).</summary>
    public bool Gated { get; init; }

    /// <summary>Whether gate and up map are one tensor, gate first (Phi-3).</summary>
    public bool FusedGate { get; init; }

    /// <summary>Whether the feed-forward maps have biases.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>Whether the head is the token embedding itself.</summary>
    public bool TiedHead { get; init; }

    /// <summary>Whether the head has a bias (Phi).</summary>
    public bool HeadBias { get; init; }

    /// <summary>c in <c>c tanh(logit / c)</c> on the logits (Gemma 2), or null.</summary>
    public double? LogitSoftCap { get; init; }

    /// <summary>Standard deviation of freshly drawn weights; default 0.02 (Radford et al. 2019 and since).</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The id that begins a text, or null.</summary>
    public int? BosId { get; init; }

    /// <summary>The ids that end a text; the first is the usual one.</summary>
    public IReadOnlyList<int> EosIds { get; init; } = [];

    /// <summary>The id that fills short rows, or null.</summary>
    public int? PadId { get; init; }

    /// <summary>A GPT-2 (Radford et al. 2019): learned positions, layer norms before each part, tied head, GELU (tanh).</summary>
    /// <param name="vocabularySize">V.</param>
    /// <param name="hiddenSize">D; a multiple of <paramref name="heads"/>.</param>
    /// <param name="layers">Number of blocks.</param>
    /// <param name="heads">Attention heads per block.</param>
    /// <param name="contextLength">Longest sequence in tokens.</param>
    /// <exception cref="ArgumentException">The width is not a multiple of the heads, which no folder of a GPT-2 can say.</exception>
    public static DecoderConfig Gpt2(int vocabularySize, int hiddenSize, int layers, int heads, int contextLength) => new()
    {
        Family = "gpt2",
        VocabularySize = vocabularySize,
        HiddenSize = hiddenSize,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = heads,
        HeadSize = heads > 0 && hiddenSize % heads == 0
            ? hiddenSize / heads
            : throw new ArgumentException($"'hiddenSize' is {hiddenSize} and 'heads' is {heads}; the first must be a multiple of the second.", nameof(hiddenSize)),
        FeedForwardSize = 4 * hiddenSize,
        ContextLength = contextLength,
        Positions = PositionKind.Learned,
        Norm = NormKind.LayerNorm,
        NormEpsilon = 1e-5,
        QueryKeyValueLayout = QueryKeyValueLayout.Blocks,
        QueryKeyValueBias = true,
        AttentionOutputBias = true,
        Activation = Activation.GeluTanh,
        FeedForwardBias = true,
        TiedHead = true,
    };

    /// <summary>A Llama (Touvron et al. 2023): RMSNorm, rotary positions, grouped queries, SwiGLU, no biases.</summary>
    /// <param name="vocabularySize">V.</param>
    /// <param name="hiddenSize">D; a multiple of <paramref name="heads"/>.</param>
    /// <param name="layers">Number of blocks.</param>
    /// <param name="heads">Query heads per block.</param>
    /// <param name="keyValueHeads">Key and value heads per block; divides <paramref name="heads"/>.</param>
    /// <param name="feedForwardSize">Width inside the feed-forward part.</param>
    /// <param name="contextLength">Longest sequence in tokens.</param>
    public static DecoderConfig Llama(
        int vocabularySize, int hiddenSize, int layers, int heads, int keyValueHeads, int feedForwardSize, int contextLength) => new()
        {
            Family = "llama",
            VocabularySize = vocabularySize,
            HiddenSize = hiddenSize,
            Layers = layers,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = hiddenSize / heads,
            FeedForwardSize = feedForwardSize,
            ContextLength = contextLength,
            Positions = PositionKind.Rotary,
            Rotary = new RotaryConfig { Dimensions = hiddenSize / heads },
            Norm = NormKind.RmsNorm,
            NormEpsilon = 1e-5,
            Activation = Activation.Silu,
            Gated = true,
        };

    internal bool HasWindow(int layer) => Window is not null && layer < WindowLayers.Count && WindowLayers[layer];

    internal void Validate()
    {
        Positive(VocabularySize, nameof(VocabularySize));
        Positive(HiddenSize, nameof(HiddenSize));
        Positive(Layers, nameof(Layers));
        Require(Layers <= MostLayers, $"Layers is {Layers}; at most {MostLayers} are built.");
        Positive(Heads, nameof(Heads));
        Positive(KeyValueHeads, nameof(KeyValueHeads));
        Positive(HeadSize, nameof(HeadSize));
        Positive(FeedForwardSize, nameof(FeedForwardSize));
        Positive(ContextLength, nameof(ContextLength));
        long[] widths = [(Heads + (2L * KeyValueHeads)) * HeadSize, 4L * HiddenSize, 2L * FeedForwardSize, (long)ContextLength + PositionOffset];
        Require(widths.Max() <= int.MaxValue, "a size is beyond 2^31 elements.");
        Require(Heads % KeyValueHeads == 0, $"Heads {Heads} must be a multiple of KeyValueHeads {KeyValueHeads}.");
        Require((Positions == PositionKind.Rotary) == (Rotary is not null), "Rotary positions need Rotary, other positions must not have it.");
        Require(
            WindowLayers.Count is 0 || WindowLayers.Count == Layers,
            $"WindowLayers has {WindowLayers.Count} entries; {Layers} (one per layer) or none were expected.");
        Require(!WindowLayers.Contains(true) || Window is > 0, "WindowLayers names window layers, but Window is not a positive number of tokens.");
        Rotary?.Validate(HeadSize);
        WindowRotary?.Validate(HeadSize);
    }

    private static void Positive(int value, string name) => Require(value > 0, $"{name} is {value}; a positive number was expected.");

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new ArgumentException($"The decoder configuration is not usable: {problem}");
        }
    }
}
