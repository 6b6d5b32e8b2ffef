namespace PreferenceTuning.Parquet.Pages;

/// <summary>DELTA_BINARY_PACKED: differences in blocks of miniblocks, each with its own width.</summary>
internal sealed class DeltaReader
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int _miniblocks;
    private readonly int _miniblockSize;
    private readonly byte[] _widths;
    private long _value;
    private long _read;
    private long _smallest;
    private int _miniblock;
    private int _inMiniblock;
    private long _bit;
    private int _at;

    public DeltaReader(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        var span = bytes.Span;
        var block = Bits.VarInt(span, ref _at);
        var miniblocks = Bits.VarInt(span, ref _at);
        var count = Bits.VarInt(span, ref _at);
        _value = Bits.ZigZag(span, ref _at);
        if (block is 0 or > 1 << 20 || miniblocks is 0 or > 1 << 12 || block % miniblocks != 0 || block / miniblocks % 8 != 0 || count > int.MaxValue)
            throw new DamagedException(
                $"A page's differences come in {miniblocks} miniblocks of a block of {block}, {count} in all, which cannot be.");
        Count = (int)count;
        _miniblocks = _miniblock = (int)miniblocks;
        _miniblockSize = _inMiniblock = (int)(block / miniblocks);
        _widths = new byte[_miniblocks];
    }

    public int Count { get; }

    /// <summary>The first byte behind the numbers, once all are read.</summary>
    public int End => Count <= 1 ? _at : (int)((_bit + (_miniblockSize - _inMiniblock) * (long)_widths[_miniblock] + 7) / 8);

    public long Next()
    {
        if (_read == Count)
            throw new DamagedException($"A page holds {Count} differences, more are asked for.");
        if (_read++ == 0)
            return _value;
        if (_inMiniblock == _miniblockSize)
            NextMiniblock();
        _inMiniblock++;
        var difference = Bits.Read(_bytes.Span, _bit, _widths[_miniblock]);
        _bit += _widths[_miniblock];
        return _value = unchecked(_value + _smallest + (long)difference);
    }

    private void NextMiniblock()
    {
        _inMiniblock = 0;
        if (++_miniblock < _miniblocks)
            return;
        if (_read > 2)
            _at = (int)(_bit / 8);
        var span = _bytes.Span;
        _smallest = Bits.ZigZag(span, ref _at);
        if (_at + _miniblocks > span.Length)
            throw new DamagedException("A page's differences end early.");
        span.Slice(_at, _miniblocks).CopyTo(_widths);
        if (_widths.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)64))
            throw new DamagedException("A page packs differences in more than 64 bits.");
        _at += _miniblocks;
        _bit = _at * 8L;
        _miniblock = 0;
    }
}
