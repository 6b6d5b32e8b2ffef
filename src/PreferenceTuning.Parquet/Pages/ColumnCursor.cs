using PreferenceTuning.Parquet.Thrift;

namespace PreferenceTuning.Parquet.Pages;

/// <summary>Walks through one column of one row group, slot by slot, with one page open at a time.</summary>
internal sealed class ColumnCursor
{
    private readonly ReadOnlyMemory<byte> _file;
    private readonly ColumnChunk _chunk;
    private readonly Leaf _leaf;
    private readonly PageBudget _budget;
    private readonly int _end;
    private List<ReadOnlyMemory<byte>>? _dictionary;
    private RleReader? _definitions;
    private RleReader? _repetitions;
    private IValues? _values;
    private int _at;
    private int _left;
    private long _seen;
    private long _held;

    public ColumnCursor(ReadOnlyMemory<byte> file, ColumnChunk chunk, Leaf leaf, PageBudget budget)
    {
        (_file, _chunk, _leaf, _budget) = (file, chunk, leaf, budget);
        if (chunk.Encrypted || chunk.Elsewhere)
            throw new DamagedException(chunk.Encrypted ? "The column is encrypted." : "The column lies in another file.");
        if (chunk.Type != leaf.Type)
            throw new DamagedException($"The column is of type {chunk.Type}, but its schema says {leaf.Type}.");
        var inside = chunk.Begin >= 4 && chunk.CompressedSize >= 0 && chunk.CompressedSize <= file.Length - chunk.Begin;
        if (chunk.Values < 0 || (chunk.Values > 0 && !inside))
            throw new DamagedException("The column's pages lie outside the file; it may be cut, download it again.");
        _at = (int)chunk.Begin;
        _end = _at + (int)chunk.CompressedSize;
        Advance();
    }

    /// <summary>Whether all slots were passed.</summary>
    public bool Ended { get; private set; }

    /// <summary>The depth to which the current slot is defined; -1 behind the end.</summary>
    public int Definition { get; private set; }

    /// <summary>The list depth at which the current slot repeats; 0 begins a row, and so does the end.</summary>
    public int Repetition { get; private set; }

    /// <summary>The current slot's value, if it has one.</summary>
    public ReadOnlyMemory<byte> Value { get; private set; }

    public void Advance()
    {
        try
        {
            Step();
        }
        catch (DamagedException exception)
        {
            throw new DamagedException($"Column '{_leaf.Path}': {exception.Message}", exception.InnerException);
        }
    }

    private void Step()
    {
        if (Ended)
            throw new DamagedException("The column ends before its rows do.");
        while (_left == 0)
        {
            if (_seen >= _chunk.Values)
            {
                End();
                return;
            }

            NextPage();
        }

        _left--;
        Repetition = _repetitions?.Next() ?? 0;
        Definition = _definitions?.Next() ?? 0;
        if (Definition > _leaf.Definition || Repetition > _leaf.Repetition)
            throw new DamagedException(
                $"It has levels {Definition} and {Repetition}, its schema allows {_leaf.Definition} and {_leaf.Repetition}.");
        if (Definition == _leaf.Definition)
            Value = _values!.Next();
    }

    private void End()
    {
        (Ended, Definition, Repetition, Value, _values, _dictionary) = (true, -1, 0, default, null, null);
        _budget.Return(_held);
    }

    private void NextPage()
    {
        if (_at >= _end)
            throw new DamagedException($"The column's pages hold {_seen} values, its metadata says {_chunk.Values}.");
        var (header, begin) = PageHeader.Read(_file, _at);
        if (header.CompressedSize > _end - begin)
            throw new DamagedException("A page is larger than its column; the file may be cut, download it again.");
        _at = begin + header.CompressedSize;
        var packed = _file.Slice(begin, header.CompressedSize);
        switch (header.Kind)
        {
            case PageHeader.Dictionary:
                ReadDictionary(header, Unpack(packed, header.Size, keep: true));
                break;
            case PageHeader.Data:
                ReadData(header, Unpack(packed, header.Size, keep: false));
                break;
            case PageHeader.DataV2:
                ReadDataV2(header, packed);
                break;
            case PageHeader.Index:
                break;
            default:
                throw new DamagedException($"A page is of the unknown kind {header.Kind}.");
        }
    }

    // The page before is forgotten; a dictionary stays.
    private ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> packed, int size, bool keep)
    {
        _budget.Return(_held);
        _held = 0;
        _budget.Take(size, packed.Length);
        if (!keep)
            _held = size;
        return Codecs.Unpack(_chunk.Codec, packed, size);
    }

    private void ReadDictionary(PageHeader header, ReadOnlyMemory<byte> bytes)
    {
        if (_dictionary is not null || _leaf.Type == PhysicalType.Boolean)
            throw new DamagedException("The column has a second dictionary, or one of truth values.");
        if (header.Encoding is not (0 or 2))
            throw new DamagedException($"A dictionary is in encoding {header.Encoding}, expected PLAIN.");
        if (header.Values > bytes.Length / (_leaf.Width == 0 ? 4 : _leaf.Width))
            throw new DamagedException($"A dictionary of {bytes.Length} bytes cannot hold {header.Values} values.");
        var values = new PlainValues(bytes, _leaf.Type, _leaf.Width);
        _dictionary = new List<ReadOnlyMemory<byte>>(header.Values);
        for (var index = 0; index < header.Values; index++)
            _dictionary.Add(values.Next());
    }

    private void ReadData(PageHeader header, ReadOnlyMemory<byte> bytes)
    {
        if ((_leaf.Repetition > 0 && header.RepetitionEncoding != 3) || (_leaf.Definition > 0 && header.DefinitionEncoding != 3))
            throw new DamagedException("A page's levels are in the old encoding BIT_PACKED, which is not supported.");
        _repetitions = Levels(_leaf.Repetition, ref bytes);
        _definitions = Levels(_leaf.Definition, ref bytes);
        Begin(header, bytes);
    }

    private void ReadDataV2(PageHeader header, ReadOnlyMemory<byte> packed)
    {
        var levels = (long)header.RepetitionLength + header.DefinitionLength;
        if (levels > packed.Length || levels > header.Size)
            throw new DamagedException("A page's levels are larger than the page.");
        _repetitions = _leaf.Repetition > 0 ? new RleReader(packed[..header.RepetitionLength], RleReader.Width(_leaf.Repetition)) : null;
        _definitions = _leaf.Definition > 0
            ? new RleReader(packed.Slice(header.RepetitionLength, header.DefinitionLength), RleReader.Width(_leaf.Definition))
            : null;
        var values = packed[(int)levels..];
        Begin(header, header.IsCompressed ? Unpack(values, header.Size - (int)levels, keep: false) : values);
    }

    private static RleReader? Levels(int largest, ref ReadOnlyMemory<byte> bytes)
    {
        if (largest == 0)
            return null;
        var level = PlainValues.Prefixed(ref bytes);
        return new RleReader(level, RleReader.Width(largest));
    }

    private void Begin(PageHeader header, ReadOnlyMemory<byte> bytes)
    {
        _left = header.Values;
        _seen += header.Values;
        if (_seen > _chunk.Values)
            throw new DamagedException($"The column's pages hold more than the {_chunk.Values} values that its metadata says.");
        _values = PageValues.Open(header, bytes, _leaf, _dictionary);
    }
}
