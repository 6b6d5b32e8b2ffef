using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>The weights of one block; a norm that the placement does not have is null.</summary>
internal sealed record BlockWeights
{
    public Norm? AttentionNorm { get; init; }

    public Norm? AttentionOutputNorm { get; init; }

    public Norm? FeedForwardNorm { get; init; }

    public Norm? FeedForwardOutputNorm { get; init; }

    public Norm? QueryNorm { get; init; }

    public Norm? KeyNorm { get; init; }

    public required Projection QueryKeyValue { get; init; }

    public required Projection AttentionOutput { get; init; }

    /// <summary>Gate (where there is one) and up.</summary>
    public required Projection Up { get; init; }

    public required Projection Down { get; init; }
}

/// <summary>One block, for every family: attention and feed-forward with residual additions, placed as the options say.</summary>
internal sealed class DecoderBlock(DecoderConfig config, int layer, BlockWeights weights)
{
    private readonly double _scale =
        (config.AttentionScale ?? 1 / Math.Sqrt(config.HeadSize)) / (config.ScaleByInverseLayer ? layer + 1 : 1);

    /// <param name="x">[B, T, D].</param>
    /// <param name="context">What all layers of this forward share.</param>
    /// <param name="places">[N] int64 into the flattened [B, T]: the tokens whose result is wanted; null for all.</param>
    /// <returns>[B, T, D], or [1, N, D] of places.</returns>
    public Tensor Forward(Tensor x, ForwardContext context, Tensor? places)
    {
        using var scope = NewDisposeScope();
        return (config.Residual == ResidualKind.Sequential ? Sequential(x, context, places) : Parallel(x, context, places)).MoveToOuterDisposeScope();
    }

    private Tensor Sequential(Tensor x, ForwardContext context, Tensor? places)
    {
        if (config.NormPlacement == NormPlacement.AfterResidual)
        {
            x = weights.AttentionNorm!.Apply(Operators.Add(Pick(x, places), Attention(new(x), context, places)));
            return weights.FeedForwardNorm!.Apply(Operators.Add(x, FeedForward(new(x))));
        }

        x = Operators.Add(Pick(x, places), After(weights.AttentionOutputNorm, Attention(Before(weights.AttentionNorm, x), context, places)));
        return Operators.Add(x, After(weights.FeedForwardOutputNorm, FeedForward(Before(weights.FeedForwardNorm, x))));
    }

    private Tensor Parallel(Tensor x, ForwardContext context, Tensor? places)
    {
        var attentionInput = Before(weights.AttentionNorm, x);
        var picked = Pick(x, places);
        var feedForwardInput = config.Residual != ResidualKind.ParallelOneNorm ? Before(weights.FeedForwardNorm, picked)
            : places is null ? attentionInput
            : new Normed(Pick(attentionInput.Value, places));
        return Operators.Add(Operators.Add(picked, Attention(attentionInput, context, places)), FeedForward(feedForwardInput));
    }

    private static Tensor Pick(Tensor x, Tensor? places) =>
        places is null ? x : x.reshape(-1, x.shape[^1]).index_select(0, places).unsqueeze(0);

    private static Tensor After(Norm? norm, Tensor x) => norm is null ? x : norm.Apply(x);

    private static Normed Before(Norm? norm, Tensor x) => norm is null ? new Normed(x) : norm.Before(x);

    private Tensor FeedForward(Normed x)
    {
        if (!config.Gated)
        {
            return weights.Down.ApplyActivated(weights.Up.Apply(x), null, config.Activation);
        }

        var parts = config.FusedGate ? weights.Up.Apply(x).chunk(2, -1) : weights.Up.ApplyParts(x);
        return weights.Down.ApplyActivated(parts[0], parts[1], config.Activation);
    }

    private Tensor Attention(Normed x, ForwardContext context, Tensor? places)
    {
        var (query, key, value) = Heads(x);
        var (batch, length) = (x.Value.shape[0], x.Value.shape[1]);
        if (config.QueryKeyNorm == QueryKeyNorm.PerHead)
        {
            (query, key) = (weights.QueryNorm!.Apply(query), weights.KeyNorm!.Apply(key));
        }

        var window = config.HasWindow(layer);
        if (context.Rotation(window) is var (cosine, sine))
        {
            (query, key) = (Operators.Rotate(query, cosine, sine), Operators.Rotate(key, cosine, sine));
        }

        if (context.Cache is { } cache)
        {
            (key, value) = cache.Append(layer, key, value);
        }

        var mask = context.Mask(window);
        var attended = config.AttentionSoftCap is { } cap
            ? Operators.CappedAttention(query, key, value, mask!, _scale, cap)
            : Operators.Attention(query, key, value, mask, causal: mask is null && length > 1, _scale);
        return weights.AttentionOutput.Apply(Pick(attended.transpose(1, 2).reshape(batch, length, -1), places));
    }

    /// <summary>Queries [B, H, T, d], keys and values [B, G, T, d].</summary>
    private (Tensor Query, Tensor Key, Tensor Value) Heads(Normed x)
    {
        var (batch, length) = (x.Value.shape[0], x.Value.shape[1]);
        var (heads, groups, size) = (config.Heads, config.KeyValueHeads, config.HeadSize);
        if (config.QueryKeyNorm == QueryKeyNorm.AllHeads || !weights.QueryKeyValue.IsOneProduct)
        {
            return SeparateHeads(weights.QueryKeyValue.ApplyParts(x));
        }

        var joined = weights.QueryKeyValue.Apply(x);
        joined = config.QueryKeyValueClip is { } clip ? joined.clamp(-clip, clip) : joined;
        if (config.QueryKeyValueLayout == QueryKeyValueLayout.PerGroup)
        {
            var shared = heads / groups;
            var grouped = joined.view(batch, length, groups, shared + 2, size);
            var query = grouped.narrow(3, 0, shared).reshape(batch, length, heads, size).transpose(1, 2);
            return (query, grouped.select(3, shared).transpose(1, 2), grouped.select(3, shared + 1).transpose(1, 2));
        }

        var split = joined.view(batch, length, heads + (2 * groups), size).transpose(1, 2).split([heads, groups, groups], 1);
        return (split[0], split[1], split[2]);
    }

    private (Tensor Query, Tensor Key, Tensor Value) SeparateHeads(Tensor[] parts)
    {
        if (config.QueryKeyNorm == QueryKeyNorm.AllHeads)
        {
            parts = [weights.QueryNorm!.Apply(parts[0]), weights.KeyNorm!.Apply(parts[1]), parts[2]];
        }

        var (batch, length) = (parts[0].shape[0], parts[0].shape[1]);
        Tensor Split(Tensor part)
        {
            part = config.QueryKeyValueClip is { } clip ? part.clamp(-clip, clip) : part;
            return part.view(batch, length, -1, config.HeadSize).transpose(1, 2);
        }

        return (Split(parts[0]), Split(parts[1]), Split(parts[2]));
    }
}
