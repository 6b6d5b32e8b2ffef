using System.Buffers.Binary;
using PreferenceTuning.Parquet.Thrift;

namespace PreferenceTuning.Parquet.Pages;

/// <summary>The values of a page one after the other, each as the bytes of its physical type (a truth value is one byte).</summary>
internal interface IValues
{
    /// <summary>The next value; valid until the next call.</summary>
    ReadOnlyMemory<byte> Next();
}

/// <summary>PLAIN: the values as they are; texts behind their length, truth values in bits.</summary>
internal sealed class PlainValues(ReadOnlyMemory<byte> bytes, PhysicalType type, int width) : IValues
{
    private static readonly ReadOnlyMemory<byte>[] Truth = [new byte[] { 0 }, new byte[] { 1 }];

    private int _at;

    public ReadOnlyMemory<byte> Next()
    {
        if (type == PhysicalType.Boolean)
            return Truth[Bits.Read(bytes.Span, _at++, 1)];
        var length = width;
        if (type == PhysicalType.ByteArray)
        {
            length = BinaryPrimitives.ReadInt32LittleEndian(Take(4).Span);
            if (length < 0)
                throw new DamagedException("A text has a negative length.");
        }

        return Take(length);
    }

    public static ReadOnlyMemory<byte> Bit(int value) => Truth[value & 1];

    /// <summary>Takes bytes that stand behind their length.</summary>
    public static ReadOnlyMemory<byte> Prefixed(ref ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span) > bytes.Length - 4)
            throw new DamagedException("A page's levels are larger than the page.");
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);
        var taken = bytes.Slice(4, length);
        bytes = bytes[(4 + length)..];
        return taken;
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        if (length > bytes.Length - _at)
            throw new DamagedException("A page's values end early.");
        _at += length;
        return bytes.Slice(_at - length, length);
    }
}

/// <summary>RLE_DICTIONARY: indexes into the dictionary page.</summary>
internal sealed class DictionaryValues(IReadOnlyList<ReadOnlyMemory<byte>> dictionary, RleReader indexes) : IValues
{
    public ReadOnlyMemory<byte> Next()
    {
        var index = (uint)indexes.Next();
        return index < dictionary.Count
            ? dictionary[(int)index]
            : throw new DamagedException($"A value has the dictionary's index {index}, but the dictionary holds {dictionary.Count}.");
    }
}

/// <summary>RLE of truth values.</summary>
internal sealed class RleTruthValues(RleReader values) : IValues
{
    public ReadOnlyMemory<byte> Next() => PlainValues.Bit(values.Next());
}

/// <summary>DELTA_BINARY_PACKED of 32 or 64 bits.</summary>
internal sealed class DeltaValues(DeltaReader differences, int width) : IValues
{
    private readonly byte[] _value = new byte[8];

    public ReadOnlyMemory<byte> Next()
    {
        BinaryPrimitives.WriteInt64LittleEndian(_value, differences.Next());
        return _value.AsMemory(0, width);
    }
}

/// <summary>DELTA_LENGTH_BYTE_ARRAY: all lengths, then all texts.</summary>
internal sealed class DeltaLengthValues : IValues
{
    private readonly ReadOnlyMemory<byte> _texts;
    private readonly int[] _lengths;
    private int _index;
    private int _at;

    public DeltaLengthValues(ReadOnlyMemory<byte> bytes, int values)
    {
        (_lengths, var end) = Lengths(bytes, values);
        _texts = bytes[end..];
    }

    public ReadOnlyMemory<byte> Next()
    {
        if (_index == _lengths.Length || _lengths[_index] > _texts.Length - _at)
            throw new DamagedException("A page's texts end early.");
        var length = _lengths[_index++];
        _at += length;
        return _texts.Slice(_at - length, length);
    }

    public static (int[] Lengths, int End) Lengths(ReadOnlyMemory<byte> bytes, int values)
    {
        var reader = new DeltaReader(bytes);
        if (reader.Count > values)
            throw new DamagedException($"A page of {values} values holds {reader.Count} lengths.");
        var lengths = new int[reader.Count];
        for (var index = 0; index < lengths.Length; index++)
        {
            var length = reader.Next();
            lengths[index] = length is >= 0 and <= int.MaxValue
                ? (int)length
                : throw new DamagedException($"A text has the length {length}.");
        }

        return reader.End <= bytes.Length ? (lengths, reader.End) : throw new DamagedException("A page's lengths end early.");
    }
}

/// <summary>DELTA_BYTE_ARRAY: each text as the length it shares with the one before, and the rest.</summary>
internal sealed class DeltaTextValues : IValues
{
    private readonly int[] _shared;
    private readonly DeltaLengthValues _rests;
    private byte[] _value = [];
    private int _length;
    private int _index;

    public DeltaTextValues(ReadOnlyMemory<byte> bytes, int values)
    {
        (_shared, var end) = DeltaLengthValues.Lengths(bytes, values);
        _rests = new DeltaLengthValues(bytes[end..], values);
    }

    public ReadOnlyMemory<byte> Next()
    {
        if (_index == _shared.Length || _shared[_index] > _length)
            throw new DamagedException("A text shares more with the one before than that one has.");
        var shared = _shared[_index++];
        var rest = _rests.Next();
        if (_value.Length < shared + rest.Length)
            Array.Resize(ref _value, Math.Max(shared + rest.Length, Math.Min(2 * _value.Length, shared + rest.Length + (1 << 20))));
        rest.CopyTo(_value.AsMemory(shared));
        _length = shared + rest.Length;
        return _value.AsMemory(0, _length);
    }
}

/// <summary>BYTE_STREAM_SPLIT: the first bytes of all values, then the second bytes, and so on.</summary>
internal sealed class SplitValues(ReadOnlyMemory<byte> bytes, int width) : IValues
{
    private readonly byte[] _value = new byte[width];
    private readonly int _count = bytes.Length / width;
    private int _index;

    public ReadOnlyMemory<byte> Next()
    {
        if (_index == _count)
            throw new DamagedException("A page's values end early.");
        for (var part = 0; part < width; part++)
            _value[part] = bytes.Span[part * _count + _index];
        _index++;
        return _value;
    }
}
