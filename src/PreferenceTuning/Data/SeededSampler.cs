namespace PreferenceTuning.Data;

/// <summary>Where a <see cref="SeededSampler"/> stands. Saved in a checkpoint, it continues with the very next row.</summary>
/// <param name="Seed">The sampler's seed.</param>
/// <param name="Count">How many rows the data had.</param>
/// <param name="Epoch">The epoch that the next row belongs to, from 0.</param>
/// <param name="Cursor">How many rows of that epoch were given out.</param>
public sealed record SamplerState(ulong Seed, int Count, long Epoch, int Cursor);

/// <summary>
/// Gives out row numbers: each epoch is every row once, in an order that depends only on the seed and the epoch. So a resumed run
/// sees the same rows in the same order without skipping through them.
/// </summary>
public sealed class SeededSampler
{
    private readonly int[] _order;

    /// <summary>Starts before the first row of epoch 0.</summary>
    /// <param name="count">How many rows there are, at least 1.</param>
    /// <param name="seed">Any number.</param>
    public SeededSampler(int count, ulong seed)
        : this(count, new SamplerState(seed, count, 0, 0))
    {
    }

    /// <summary>Continues where a saved sampler stood.</summary>
    /// <param name="count">How many rows there are now.</param>
    /// <param name="state">What <see cref="State"/> returned.</param>
    /// <exception cref="ArgumentException">
    /// The data has another number of rows than when the state was saved, or the state is impossible.
    /// </exception>
    public SeededSampler(int count, SamplerState state)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentNullException.ThrowIfNull(state);
        if (state.Count != count)
        {
            throw new ArgumentException(
                $"The data has {count} rows but 'state' was saved over {state.Count}. Resume with the data that the run was started with.", nameof(state));
        }

        if (state.Epoch < 0 || state.Cursor < 0 || state.Cursor >= count)
        {
            throw new ArgumentException(
                $"'state' says epoch {state.Epoch}, row {state.Cursor} of {count}, which is no place in the data.", nameof(state));
        }

        _order = new int[count];
        State = state;
        Shuffle();
    }

    /// <summary>Where the sampler stands.</summary>
    public SamplerState State { get; private set; }

    /// <summary>
    /// The next rows, as many as asked for; a batch at the end of an epoch goes on with the next one, so no row is left out.
    /// </summary>
    /// <param name="batchSize">At least 1.</param>
    public int[] Next(int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        var rows = new int[batchSize];
        for (var filled = 0; filled < batchSize;)
        {
            filled += Take(rows.AsSpan(filled));
        }

        return rows;
    }

    /// <summary>The next rows of the current epoch: as many as asked for, or what is left of it.</summary>
    /// <param name="batchSize">At least 1.</param>
    public int[] NextInEpoch(int batchSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        var rows = new int[Math.Min(batchSize, State.Count - State.Cursor)];
        Take(rows);
        return rows;
    }

    private int Take(Span<int> rows)
    {
        var taken = Math.Min(rows.Length, State.Count - State.Cursor);
        _order.AsSpan(State.Cursor, taken).CopyTo(rows);
        if (State.Cursor + taken < State.Count)
        {
            State = State with { Cursor = State.Cursor + taken };
        }
        else
        {
            State = State with { Epoch = State.Epoch + 1, Cursor = 0 };
            Shuffle();
        }

        return taken;
    }

    private void Shuffle()
    {
        for (var i = 0; i < _order.Length; i++)
        {
            _order[i] = i;
        }

        new SeededRandom(State.Seed, (ulong)State.Epoch).Shuffle(_order.AsSpan());
    }
}
