using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>
/// A decoder-only transformer of any supported family: token ids in, final hidden states out. The logits are left to
/// <see cref="Head"/>, so that nobody materialises them for a whole batch by accident. Owns its parameters.
/// </summary>
/// <remarks>
/// There is no dropout, whatever config.json says: log-probabilities of the same tokens must be the same in rollout and
/// training. A query always sees itself, so that rows of padding give finite numbers.
/// </remarks>
public sealed class DecoderModel : IDisposable
{
    private readonly DecoderWeights _weights;
    private readonly DecoderBlock[] _blocks;
    private readonly JsonObject? _loadedJson;

    internal DecoderModel(DecoderConfig config, WeightSource source, bool trainable = true, JsonObject? loadedJson = null, bool withHead = true)
    {
        config.Validate();
        Config = config;
        _loadedJson = loadedJson;
        _weights = new DecoderWeights(config, DecoderFamilies.Get(config.Family).NamesFor(config), source, trainable, withHead);
        _blocks = [.. _weights.Blocks.Select((weights, layer) => new DecoderBlock(config, layer, weights))];
    }

    /// <summary>What the model looks like.</summary>
    public DecoderConfig Config { get; }

    /// <summary>
    /// The parameters with the names and shapes they have in a Hugging Face folder, in the order of the forward; a tied head is
    /// listed once.
    /// </summary>
    public IReadOnlyList<NamedParameter> Parameters => _weights.Parameters;

    /// <summary>The map from hidden states to logits.</summary>
    /// <exception cref="InvalidOperationException">The model is a trunk without one (of a reward or value model).</exception>
    public OutputHead Head => _weights.Head
        ?? throw new InvalidOperationException(
            "This decoder is the trunk of a reward or value model and has no map to logits; load a language model's folder for that.");

    /// <summary>Whether there is a map to logits; the trunk of a reward or value model has none.</summary>
    public bool HasHead => _weights.Head is not null;

    /// <summary>Width of the hidden states: <see cref="DecoderConfig.HiddenSize"/>, or the embedding's where that differs (OPT).</summary>
    public int OutputSize => Config.EmbeddingSize ?? Config.HiddenSize;

    /// <summary>The element type of the parameters and of the computation.</summary>
    public ScalarType Dtype => _weights.Embedding.dtype;

    /// <summary>Where the parameters live.</summary>
    public Device Device => _weights.Embedding.device;

    /// <summary>Tensors of the folder that no part of the model uses, by name; empty unless read from a folder.</summary>
    public IReadOnlyList<string> UnusedTensors { get; internal set; } = [];

    /// <summary>
    /// Makes a model with weights drawn from a seed: normal with <see cref="DecoderConfig.InitializerRange"/>, norms 1, biases 0,
    /// maps into the residual stream smaller by <c>sqrt(2 Layers)</c> (Radford et al. 2019).
    /// </summary>
    /// <param name="config">What the model looks like.</param>
    /// <param name="seed">The same seed gives the same weights on every device.</param>
    /// <param name="dtype">Element type; default float32.</param>
    /// <param name="device">Null for the CPU.</param>
    public static DecoderModel Random(DecoderConfig config, long seed, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        new(config, WeightSources.Random(config, seed, dtype, device ?? CPU));

    /// <summary>Reads a Hugging Face folder: config.json and model.safetensors or its shards.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">Element type to convert to; null keeps the type of the token embedding in the file.</param>
    /// <param name="device">Null for the CPU.</param>
    /// <exception cref="ModelFileException">A file is missing or damaged, the architecture is unknown, a tensor is missing or has
    /// another shape.</exception>
    public static DecoderModel FromPretrained(string folder, ScalarType? dtype = null, Device? device = null)
    {
        using var loaded = PretrainedFolder.Open(folder);
        return loaded.Decoder(dtype, device);
    }

    /// <summary>
    /// Writes config.json and model.safetensors, loadable by this library and by transformers. Configuration keys of the folder that
    /// the model came from are kept.
    /// </summary>
    /// <param name="folder">Created where missing; files of the same names are replaced, each complete or not at all.</param>
    public void SavePretrained(string folder)
    {
        _ = Head;
        PretrainedFolder.Save(folder, this, PretrainedTask.LanguageModel, []);
    }

    /// <summary>The final hidden states, after the last norm.</summary>
    /// <param name="ids">[B, T] int64 token ids.</param>
    /// <param name="attentionMask">[B, S] bool, true = keep; S = cached + T. Null for no padding.</param>
    /// <param name="positions">[B, T] int64; null for <c>max(cumsum(attentionMask) - 1, 0)</c>.</param>
    /// <param name="cache">Earlier tokens; the new ones are added. Only without gradients.</param>
    /// <returns>[B, T, D] of <see cref="Dtype"/>; finite but meaningless where the mask is false.</returns>
    public Tensor Hidden(Tensor ids, Tensor? attentionMask = null, Tensor? positions = null, KeyValueCache? cache = null) =>
        Forward(ids, attentionMask, positions, cache, places: null, observe: null);

    /// <summary>An empty cache for <see cref="Hidden"/>.</summary>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">Most tokens per row, padding included.</param>
    public KeyValueCache NewCache(long batch, long capacity) => new(Config, batch, capacity, Dtype, Device);

    /// <summary>A copy with its own memory, trainable where this one is.</summary>
    /// <param name="dtype">Element type; null for the same.</param>
    /// <param name="device">Where it shall live; null for the same.</param>
    public DecoderModel Clone(ScalarType? dtype = null, Device? device = null) => Copy(dtype, device, HasHead);

    /// <summary>A copy with its own memory and without the map to logits, for a reward or value model.</summary>
    /// <param name="dtype">Element type; null for the same.</param>
    /// <param name="device">Where it shall live; null for the same.</param>
    public DecoderModel CloneTrunk(ScalarType? dtype = null, Device? device = null) => Copy(dtype, device, withHead: false);

    /// <summary>
    /// The model as it is now, not trainable: a reference. Memory is shared where this model's parameters are not
    /// trained (<c>requires_grad</c> false) and copied where they are; so decide what is trained first.
    /// </summary>
    public DecoderModel Frozen() =>
        new(Config, WeightSources.ShareFrozen(_weights.MemoryBlocks, _weights.ByName), trainable: false, _loadedJson, HasHead);

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();

    internal JsonObject? LoadedJson => _loadedJson;

    /// <summary>Whether <see cref="HiddenOfSegments"/> computes this family.</summary>
    internal bool TakesSegments => AttentionMasks.TakesSegments(Config);

    /// <summary>The final hidden states of rows that hold several texts, for example one prompt and two answers that do not see each other.</summary>
    /// <param name="ids">[B, T] int64.</param>
    /// <param name="seen">[B, T, T] bool, true = query t sees key s; each query sees itself.</param>
    /// <param name="positions">[B, T] int64, where each token stands in its own text.</param>
    /// <param name="places">As in <see cref="HiddenAt"/>.</param>
    /// <returns>[N, D].</returns>
    internal Tensor HiddenOfSegments(Tensor ids, Tensor seen, Tensor positions, Tensor places)
    {
        if (!TakesSegments)
        {
            throw new InvalidOperationException("A model with ALiBi or a window measures distances in columns; compute each text as a row of its own.");
        }

        return Forward(ids, seen, positions, cache: null, places, observe: null);
    }

    /// <summary>The final hidden states of some tokens; what only the others would need of the last block is not computed.</summary>
    /// <param name="ids">As in <see cref="Hidden"/>.</param>
    /// <param name="attentionMask">See there.</param>
    /// <param name="places">[N] int64 into the flattened [B, T]; may repeat, and may be none.</param>
    /// <returns>[N, D].</returns>
    internal Tensor HiddenAt(Tensor ids, Tensor? attentionMask, Tensor places) =>
        Forward(ids, attentionMask, positions: null, cache: null, places, observe: null);

    /// <param name="ids">As in <see cref="Hidden"/>, like the next three.</param>
    /// <param name="attentionMask">See there.</param>
    /// <param name="positions">See there.</param>
    /// <param name="cache">See there.</param>
    /// <param name="places">As in <see cref="HiddenAt"/>, or null for all.</param>
    /// <param name="observe">Called with 0 and the input of the first block, then with i and the output of block i.</param>
    /// <returns>[B, T, D], or [N, D] of places.</returns>
    internal Tensor Forward(Tensor ids, Tensor? attentionMask, Tensor? positions, KeyValueCache? cache, Tensor? places, Action<int, Tensor>? observe)
    {
        CheckInputs(ids, attentionMask, positions, cache);
        using var scope = NewDisposeScope();
        var context = new ForwardContext(Config, ids, attentionMask, positions, cache, Dtype);
        var x = Embed(ids, context.Positions);
        observe?.Invoke(0, x);
        for (var layer = 0; layer < _blocks.Length; layer++)
        {
            var next = _blocks[layer].Forward(x, context, layer == _blocks.Length - 1 ? places : null);
            x.Dispose();
            x = next;
            observe?.Invoke(layer + 1, x);
        }

        cache?.Advance(ids.shape[1]);
        x = _weights.FinalNorm?.Apply(x) ?? x;
        x = _weights.EmbeddingOut?.Apply(x) ?? x;
        return (places is null ? x : x.squeeze(0)).MoveToOuterDisposeScope();
    }

    private DecoderModel Copy(ScalarType? dtype, Device? device, bool withHead)
    {
        var source = WeightSources.Copy(_weights.MemoryBlocks, dtype ?? Dtype, device ?? Device);
        var copy = new DecoderModel(Config, source, loadedJson: _loadedJson, withHead: withHead);
        foreach (var (name, value) in copy.Parameters)
        {
            value.requires_grad = _weights.ByName[name].requires_grad;
        }

        return copy;
    }

    private Tensor Embed(Tensor ids, Tensor? positions)
    {
        var x = LookupTokens(ids);
        x = Config.EmbeddingScale == 1 ? x : x * EmbeddingScale();
        x = _weights.EmbeddingIn?.Apply(x) ?? x;
        if (_weights.Positions is { } table)
        {
            x = x + Operators.Lookup(table, Config.PositionOffset == 0 ? positions! : positions! + Config.PositionOffset);
        }

        return _weights.EmbeddingNorm?.Apply(x) ?? x;
    }

    private Tensor LookupTokens(Tensor ids)
    {
        try
        {
            return Operators.Lookup(_weights.Embedding, ids);
        }
        catch (Exception exception) when (exception is ExternalException or IndexOutOfRangeException)
        {
            var (lowest, highest) = (ids.min().item<long>(), ids.max().item<long>());
            if (lowest >= 0 && highest < Config.VocabularySize)
            {
                throw;
            }

            throw new ArgumentException(
                $"'ids' holds {(lowest < 0 ? lowest : highest)} but the model knows ids 0 to {Config.VocabularySize - 1}; "
                + "the tokenizer belongs to another model.",
                nameof(ids),
                exception);
        }
    }

    // Gemma rounds the factor to the type of the embeddings, which shows in bfloat16 (sqrt(3072) = 55.4 becomes 55.5).
    private Tensor EmbeddingScale() => tensor(Config.EmbeddingScale, dtype: Dtype, device: Device);

    private void CheckInputs(Tensor ids, Tensor? attentionMask, Tensor? positions, KeyValueCache? cache)
    {
        Check.Rank(ids, 2);
        var (batch, length) = (ids.shape[0], ids.shape[1]);
        var total = (cache?.Length ?? 0) + length;
        if (ids.dtype != ScalarType.Int64 || batch == 0 || length == 0)
        {
            throw new ArgumentException(
                $"'ids' is {ids.dtype} {Check.Shape(ids)}; int64 [B, T] with at least one row and one token was expected.", nameof(ids));
        }

        if (attentionMask is not null)
        {
            Check.Mask(attentionMask);
            Check.Size(attentionMask, 0, batch);
        }

        if (attentionMask is not null && (attentionMask.dim() != 3 || positions is null))
        {
            Check.Rank(attentionMask, 2);
            Check.Size(attentionMask, 1, total);
        }

        if (positions is not null)
        {
            Check.SameShape(positions, ids);
        }

        cache?.CheckRoom(batch, length);
        if (cache is not null && is_grad_enabled() && Parameters.Any(parameter => parameter.Value.requires_grad))
        {
            throw new InvalidOperationException("A key-value cache holds no gradients; call Hidden with a cache inside torch.no_grad().");
        }

        CheckContextLength(attentionMask, positions, total);
    }

    private void CheckContextLength(Tensor? attentionMask, Tensor? positions, long total)
    {
        // Only a learned table ends; and only then is the look at the numbers worth its price.
        if (Config.Positions != PositionKind.Learned || (positions is null && total <= Config.ContextLength))
        {
            return;
        }

        using var scope = NewDisposeScope();
        var longest = positions is not null ? positions.max().item<long>() + 1
            : attentionMask is null ? total
            : attentionMask.sum(1).max().item<long>();
        if (longest > Config.ContextLength)
        {
            throw new ArgumentException(
                $"A row has {longest} tokens but the model's context is {Config.ContextLength}; shorten the prompt or the response.");
        }
    }
}
