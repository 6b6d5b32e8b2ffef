namespace PreferenceTuning.Parquet.Pages;

/// <summary>
/// The hybrid of runs and bit-packed groups that levels, dictionary indexes and truth values are kept in (Encodings.md of
/// apache/parquet-format).
/// </summary>
internal sealed class RleReader
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int _width;
    private int _at;
    private long _left;
    private bool _packed;
    private long _bit;
    private uint _value;

    public RleReader(ReadOnlyMemory<byte> bytes, int width)
    {
        if (width is < 0 or > 32)
            throw new DamagedException($"A page packs its indexes in {width} bits, expected at most 32.");
        (_bytes, _width) = (bytes, width);
    }

    /// <summary>The bits that hold numbers up to a level.</summary>
    public static int Width(int largest) => 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)largest);

    public int Next()
    {
        if (_width == 0)
            return 0;
        while (_left == 0)
            Begin();
        _left--;
        return (int)(_packed ? Unpack() : _value);
    }

    private void Begin()
    {
        var header = Bits.VarInt(_bytes.Span, ref _at);
        _packed = (header & 1) == 1;
        _left = (long)(header >> 1);
        if (_packed)
        {
            // The last group may be cut short in the file; Unpack checks each read.
            if (_left > int.MaxValue)
                throw new DamagedException("A page holds a group of indexes that is larger than the page.");
            var length = Math.Min(_left * _width, _bytes.Length - _at);
            _left *= 8;
            _bit = _at * 8L;
            _at += (int)length;
            return;
        }

        var size = (_width + 7) / 8;
        if (_at + size > _bytes.Length)
            throw new DamagedException("A page's levels or indexes end early.");
        _value = 0;
        for (var index = 0; index < size; index++)
            _value |= (uint)_bytes.Span[_at++] << (8 * index);
    }

    private uint Unpack()
    {
        var value = Bits.Read(_bytes.Span, _bit, _width);
        _bit += _width;
        return (uint)value;
    }
}
