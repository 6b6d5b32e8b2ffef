using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>
/// All weights of a decoder, in the order of the forward, made from a configuration, the family's names and a source.
/// Each tensor of the folder is one parameter with the folder's name and shape; parameters that are applied together
/// share one memory block.
/// </summary>
internal sealed class DecoderWeights : IDisposable
{
    private readonly DecoderConfig _config;
    private readonly TensorNames _names;
    private readonly WeightSource _source;
    private readonly bool _trainable;
    private readonly List<NamedParameter> _parameters = [];
    private readonly Dictionary<string, Tensor> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _blocks = new(StringComparer.Ordinal);

    public DecoderWeights(DecoderConfig config, TensorNames names, WeightSource source, bool trainable, bool withHead)
    {
        (_config, _names, _source, _trainable) = (config, names, source, trainable);
        var embeddingSize = config.EmbeddingSize ?? config.HiddenSize;
        Embedding = Single($"{names.Embedding}.weight", [config.VocabularySize, embeddingSize], WeightKind.Embedding);
        if (config.Positions == PositionKind.Learned)
        {
            Positions = Single($"{names.Positions}.weight", [config.ContextLength + config.PositionOffset, config.HiddenSize], WeightKind.Embedding);
        }

        EmbeddingNorm = config.EmbeddingNorm ? MakeNorm(names.EmbeddingNorm, config.HiddenSize) : null;
        EmbeddingIn = embeddingSize == config.HiddenSize ? null : MakeLinear([names.EmbeddingIn!], [config.HiddenSize], embeddingSize, bias: false);
        Blocks = [.. Enumerable.Range(0, config.Layers).Select(MakeBlock)];
        FinalNorm = config.FinalNorm ? MakeNorm(names.FinalNorm, config.HiddenSize) : null;
        EmbeddingOut = embeddingSize == config.HiddenSize ? null : MakeLinear([names.EmbeddingOut!], [embeddingSize], config.HiddenSize, bias: false);
        Head = withHead ? MakeHead(embeddingSize) : null;
    }

    public IReadOnlyList<NamedParameter> Parameters => _parameters;

    public IReadOnlyDictionary<string, Tensor> ByName => _byName;

    /// <summary>The memory blocks, by the name of their first parameter.</summary>
    public IReadOnlyDictionary<string, Tensor> MemoryBlocks => _blocks;

    public Tensor Embedding { get; }

    public Tensor? Positions { get; }

    public Norm? EmbeddingNorm { get; }

    public Projection? EmbeddingIn { get; }

    public IReadOnlyList<BlockWeights> Blocks { get; }

    public Norm? FinalNorm { get; }

    public Projection? EmbeddingOut { get; }

    /// <summary>The map to logits; null for a trunk.</summary>
    public OutputHead? Head { get; }

    public void Dispose()
    {
        foreach (var tensor in _byName.Values.Concat(_blocks.Values))
        {
            tensor.Dispose();
        }
    }

    private OutputHead MakeHead(int inputs) => new(
        _config.TiedHead ? Embedding : Single($"{_names.Head}.weight", [_config.VocabularySize, inputs], WeightKind.Linear),
        _config.HeadBias ? Single($"{_names.Head}.bias", [_config.VocabularySize], WeightKind.Bias) : null,
        _config.LogitSoftCap);

    private BlockWeights MakeBlock(int layer)
    {
        var c = _config;
        string? Name(string? name) => name is null ? null : _names.InLayer(layer, name);
        Norm? NormWhere(bool there, string? name) => there ? MakeNorm(Name(name), c.HiddenSize) : null;
        var before = c.NormPlacement is not NormPlacement.OnOutput;
        var onOutput = c.NormPlacement is NormPlacement.OnOutput or NormPlacement.BeforeAndOnOutput;
        int[] headWidths = [c.Heads * c.HeadSize, c.KeyValueHeads * c.HeadSize, c.KeyValueHeads * c.HeadSize];
        var (queryWidth, keyWidth) = c.QueryKeyNorm == QueryKeyNorm.PerHead ? (c.HeadSize, c.HeadSize) : (headWidths[0], headWidths[1]);
        var separate = c.QueryKeyValueLayout == QueryKeyValueLayout.Separate;
        return new BlockWeights
        {
            AttentionNorm = NormWhere(before, _names.AttentionNorm),
            QueryKeyValue = separate
                ? MakeLinear([Name(_names.Query)!, Name(_names.Key)!, Name(_names.Value)!], headWidths, c.HiddenSize, c.QueryKeyValueBias)
                : MakeLinear([Name(_names.QueryKeyValue)!], [headWidths.Sum()], c.HiddenSize, c.QueryKeyValueBias),
            QueryNorm = c.QueryKeyNorm == QueryKeyNorm.None ? null : MakeNorm(Name(_names.QueryNorm), queryWidth),
            KeyNorm = c.QueryKeyNorm == QueryKeyNorm.None ? null : MakeNorm(Name(_names.KeyNorm), keyWidth),
            AttentionOutput = MakeLinear([Name(_names.AttentionOutput)!], [c.HiddenSize], headWidths[0], c.AttentionOutputBias, WeightKind.ResidualLinear),
            AttentionOutputNorm = NormWhere(onOutput, _names.AttentionOutputNorm),
            FeedForwardNorm = NormWhere(before && c.Residual != ResidualKind.ParallelOneNorm, _names.FeedForwardNorm),
            Up = MakeUp(layer),
            Down = MakeLinear([Name(_names.Down)!], [c.HiddenSize], c.FeedForwardSize, c.FeedForwardBias, WeightKind.ResidualLinear),
            FeedForwardOutputNorm = NormWhere(onOutput, _names.FeedForwardOutputNorm),
        };
    }

    private Projection MakeUp(int layer)
    {
        var (gate, up) = (_names.InLayer(layer, _names.Gate ?? ""), _names.InLayer(layer, _names.Up));
        var width = _config.FeedForwardSize;
        if (!_config.Gated)
        {
            return MakeLinear([up], [width], _config.HiddenSize, _config.FeedForwardBias);
        }

        return _config.FusedGate
            ? MakeLinear([up], [2 * width], _config.HiddenSize, _config.FeedForwardBias)
            : MakeLinear([gate, up], [width, width], _config.HiddenSize, _config.FeedForwardBias);
    }

    private Norm MakeNorm(string? name, int width)
    {
        var bias = _config.Norm == NormKind.LayerNorm && _config.NormBias;
        return new Norm(
            _config.Norm,
            _config.NormEpsilon,
            Single($"{name}.weight", [width], WeightKind.NormScale),
            bias ? Single($"{name}.bias", [width], WeightKind.Bias) : null);
    }

    private Projection MakeLinear(string[] names, int[] widths, int inputs, bool bias, WeightKind kind = WeightKind.Linear)
    {
        var transposed = _names.Transposed;
        var total = widths.Sum();
        var (block, weights) = Block([.. names.Select(name => $"{name}.weight")], widths, transposed ? [inputs, total] : [total, inputs], kind);
        var (biasBlock, biases) = bias
            ? Block([.. names.Select(name => $"{name}.bias")], widths, [total], WeightKind.Bias)
            : (null, new Tensor?[names.Length]);
        return new Projection(block, biasBlock, weights, biases, transposed);
    }

    private Tensor Single(string name, long[] shape, WeightKind kind) => Block([name], [(int)shape[0]], shape, kind).Parts[0];

    private (Tensor Block, Tensor[] Parts) Block(string[] names, int[] widths, long[] shape, WeightKind kind)
    {
        // A transposed block has one part, whose rows are the inputs.
        long[] rows = names.Length == 1 ? [shape[0]] : [.. widths.Select(width => (long)width)];
        using var noGradient = no_grad();
        var block = _source(new WeightBlock(names, rows, shape, kind)).DetachFromDisposeScope();
        _blocks.Add(names[0], block);
        var parts = new Tensor[names.Length];
        long start = 0;
        for (var part = 0; part < names.Length; part++)
        {
            using var view = block.narrow(0, start, rows[part]);
            parts[part] = view.detach().DetachFromDisposeScope();
            parts[part].requires_grad = _trainable;
            _byName.Add(names[part], parts[part]);
            _parameters.Add(new NamedParameter(names[part], parts[part]));
            start += rows[part];
        }

        return (block, parts);
    }
}
