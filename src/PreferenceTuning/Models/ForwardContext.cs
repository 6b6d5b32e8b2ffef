using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>What all layers of one forward share: positions, rotary tables, attention masks, the cache. Computed once.</summary>
internal sealed class ForwardContext
{
    private readonly Tensor? _mask;
    private readonly Tensor? _windowMask;
    private readonly (Tensor Cosine, Tensor Sine)? _rotation;
    private readonly (Tensor Cosine, Tensor Sine)? _windowRotation;

    /// <param name="config">The decoder.</param>
    /// <param name="ids">[B, T].</param>
    /// <param name="attentionMask">[B, S] bool, true = keep, or null for all; or [B, T, T], which keys each query sees.</param>
    /// <param name="positions">[B, T] int64, or null for those that follow from the mask.</param>
    /// <param name="cache">Earlier tokens, or null.</param>
    /// <param name="dtype">The type to compute in.</param>
    public ForwardContext(DecoderConfig config, Tensor ids, Tensor? attentionMask, Tensor? positions, KeyValueCache? cache, ScalarType dtype)
    {
        var (length, device) = (ids.shape[1], ids.device);
        var total = (cache?.Length ?? 0) + length;
        Cache = cache;
        Positions = positions ?? (config.Positions == PositionKind.Alibi ? null : AttentionMasks.Positions(attentionMask, length, total, device));
        if (config.Rotary is { } rotary)
        {
            _rotation = RotaryTable.Compute(rotary, Positions!, cache, dtype);
            _windowRotation = config.WindowRotary is { } window ? RotaryTable.Compute(window, Positions!, cache, dtype) : _rotation;
        }

        if (attentionMask is not null && attentionMask.dim() == 3)
        {
            _mask = AttentionMasks.Additive(attentionMask, dtype);
            return;
        }

        var layers = Enumerable.Range(0, config.Layers);
        if (layers.Any(layer => !config.HasWindow(layer)))
        {
            _mask = AttentionMasks.Additive(config, attentionMask, length, total, window: null, dtype, device);
        }

        if (layers.Any(config.HasWindow))
        {
            _windowMask = AttentionMasks.Additive(config, attentionMask, length, total, config.Window, dtype, device);
        }
    }

    /// <summary>[B or 1, T] int64; null where the family has no positions.</summary>
    public Tensor? Positions { get; }

    public KeyValueCache? Cache { get; }

    /// <summary>The additive mask of a layer; null where plain causal order (or, for one token, nothing) is enough.</summary>
    public Tensor? Mask(bool window) => window ? _windowMask : _mask;

    public (Tensor Cosine, Tensor Sine)? Rotation(bool window) => window ? _windowRotation : _rotation;
}
