using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>
/// The keys and values of the tokens that a decoder has already seen, so that a new token costs one token. Memory for
/// <see cref="Capacity"/> tokens per row is taken at once. A prompt that is computed once serves several responses, and
/// finished rows leave, by <see cref="SelectRows"/>. Holds no gradients.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;    // per layer [B, G, capacity, d]
    private readonly Tensor[] _values;

    internal KeyValueCache(DecoderConfig config, long batch, long capacity, ScalarType dtype, Device device)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (Batch, Capacity) = (batch, capacity);
        Tensor Empty() => empty([batch, config.KeyValueHeads, capacity, config.HeadSize], dtype: dtype, device: device).DetachFromDisposeScope();
        _keys = [.. Enumerable.Range(0, config.Layers).Select(_ => Empty())];
        _values = [.. Enumerable.Range(0, config.Layers).Select(_ => Empty())];
    }

    /// <summary>Number of rows.</summary>
    public long Batch { get; private set; }

    /// <summary>Most tokens per row.</summary>
    public long Capacity { get; }

    /// <summary>Tokens seen so far, padding included; equal for all rows.</summary>
    public long Length { get; private set; }

    /// <summary>Which of LongRoPE's tables the cached keys were rotated with; null before the first token.</summary>
    internal bool? RotatedForLongInput { get; set; }

    /// <summary>Keeps the given rows in the given order; a row may be taken several times (branching) or not at all (leaving).</summary>
    /// <param name="rows">[B'] int64, indices of present rows, at least one.</param>
    public void SelectRows(Tensor rows)
    {
        Check.Rank(rows, 1);
        if (rows.shape[0] == 0)
        {
            throw new ArgumentException("'rows' is empty; a cache keeps at least one row.", nameof(rows));
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        for (var layer = 0; layer < _keys.Length; layer++)
        {
            _keys[layer] = Select(_keys[layer], rows);
            _values[layer] = Select(_values[layer], rows);
        }

        Batch = rows.shape[0];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _keys.Concat(_values))
        {
            tensor.Dispose();
        }
    }

    /// <summary>Stores the keys and values of new tokens and returns all of this layer, [B, G, Length + T, d], without copying.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        var added = keys.shape[2];
        _keys[layer].narrow(2, Length, added).copy_(keys);
        _values[layer].narrow(2, Length, added).copy_(values);
        return (_keys[layer].narrow(2, 0, Length + added), _values[layer].narrow(2, 0, Length + added));
    }

    /// <summary>Counts the tokens that every layer has appended.</summary>
    internal void Advance(long tokens) => Length += tokens;

    internal void CheckRoom(long batch, long tokens)
    {
        if (batch != Batch)
        {
            throw new ArgumentException($"'ids' has {batch} rows but the cache has {Batch}; use SelectRows to bring the cache to the rows of the batch.");
        }

        if (Length + tokens > Capacity)
        {
            throw new ArgumentException($"The cache holds {Length} of {Capacity} tokens and {tokens} more do not fit; make it with a larger capacity.");
        }
    }

    // Only the used part is copied: a branch of a short prompt into long rows costs the prompt.
    private Tensor Select(Tensor stored, Tensor rows)
    {
        var shape = stored.shape;
        shape[0] = rows.shape[0];
        var selected = empty(shape, dtype: stored.dtype, device: stored.device);
        if (Length > 0)
        {
            selected.narrow(2, 0, Length).copy_(stored.narrow(2, 0, Length).index_select(0, rows));
        }

        stored.Dispose();
        return selected.DetachFromDisposeScope();
    }
}
