using System.Text;

namespace PreferenceTuning.Parquet.Thrift;

/// <summary>
/// Thrift's compact protocol, as far as Parquet uses it (apache/thrift, doc/specs/thrift-compact-protocol.md). Every length is checked
/// against the bytes that are left and every nesting against a limit, because the bytes may be hostile.
/// </summary>
internal sealed class ThriftReader(ReadOnlyMemory<byte> bytes, int position = 0)
{
    private const int DeepestNesting = 64;
    private const int Stop = 0, True = 1, False = 2, I8 = 3, I16 = 4, I32 = 5, I64 = 6, Double = 7, Binary = 8, List = 9, Set = 10, Map = 11, Structure = 12;

    private int _depth;
    private int _type;

    public int Position { get; private set; } = position;

    /// <summary>Reads a structure; <paramref name="field"/> takes a field by its number, or returns false to have it skipped.</summary>
    public void Struct(Func<int, bool> field)
    {
        Descend();
        var id = 0;
        while (Byte() is var header && header != Stop)
        {
            var delta = header >> 4;
            id = delta == 0 ? (short)ZigZag() : id + delta;
            _type = header & 15;
            var type = _type;
            if (!field(id))
                Skip(type);
        }

        _depth--;
    }

    /// <summary>Reads a field that is a structure.</summary>
    public bool Inner(Func<int, bool> field)
    {
        Require(Structure);
        Struct(field);
        return true;
    }

    /// <summary>Reads a field that is a list of structures.</summary>
    public bool Structs(Action element)
    {
        var (type, count) = ListHeader();
        if (type != Structure)
            throw new DamagedException($"A list in the metadata holds elements of type {type}, expected structures.");
        for (var index = 0; index < count; index++)
            element();
        return true;
    }

    public List<string> Texts()
    {
        var (type, count) = ListHeader();
        if (type != Binary)
            throw new DamagedException($"A list in the metadata holds elements of type {type}, expected texts.");
        var texts = new List<string>();
        for (var index = 0; index < count; index++)
            texts.Add(TextValue());
        return texts;
    }

    public long Integer() => _type is I8 ? (sbyte)Byte() : _type is I16 or I32 or I64 ? ZigZag() : throw Unexpected("a whole number");

    public int SmallInteger() => Integer() is var value && value is >= int.MinValue and <= int.MaxValue ? (int)value : throw new DamagedException($"A number in the metadata is {value}, which does not fit 32 bits.");

    public bool Flag() => _type is True or False ? _type == True : throw Unexpected("true or false");

    public string Text()
    {
        Require(Binary);
        return TextValue();
    }

    private string TextValue()
    {
        var text = Take(Length());
        return Utf8(text);
    }

    private static string Utf8(ReadOnlySpan<byte> text) => System.Text.Unicode.Utf8.IsValid(text)
        ? Encoding.UTF8.GetString(text)
        : throw new DamagedException("A name in the metadata is not UTF-8.");

    private (int Type, int Count) ListHeader()
    {
        if (_type is not (List or Set))
            throw Unexpected("a list");
        return ListStart();
    }

    private (int Type, int Count) ListStart()
    {
        var header = Byte();
        var count = header >> 4;
        // Every element takes a byte at least, so a count beyond the rest is a lie.
        return (header & 15, count == 15 ? Length() : count);
    }

    private void Skip(int type)
    {
        Descend();
        switch (type)
        {
            case True or False:
                break;
            case I8:
                Byte();
                break;
            case I16 or I32 or I64:
                VarInt();
                break;
            case Double:
                Take(8);
                break;
            case Binary:
                Take(Length());
                break;
            case List or Set:
                SkipList();
                break;
            case Map:
                SkipMap();
                break;
            case Structure:
                Struct(_ => false);
                break;
            default:
                throw new DamagedException($"The metadata holds a value of unknown type {type}.");
        }

        _depth--;
    }

    private void SkipList()
    {
        var (type, count) = ListStart();
        for (var index = 0; index < count; index++)
            SkipElement(type);
    }

    private void SkipMap()
    {
        var count = Length();
        if (count == 0)
            return;
        var types = Byte();
        for (var index = 0; index < count; index++)
        {
            SkipElement(types >> 4);
            SkipElement(types & 15);
        }
    }

    // Inside a list a truth value has a byte of its own.
    private void SkipElement(int type)
    {
        if (type is True or False)
            Byte();
        else
            Skip(type);
    }

    private int Length() => VarInt() is var length && length <= (ulong)(bytes.Length - Position)
        ? (int)length
        : throw new DamagedException("A length in the metadata is larger than what is left of the file.");

    private long ZigZag() => VarInt() is var value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;

    private ulong VarInt()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
                return value;
        }

        throw new DamagedException("A number in the metadata is longer than 64 bits.");
    }

    private int Byte() => Position < bytes.Length ? bytes.Span[Position++] : throw new DamagedException("The metadata ends early.");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > bytes.Length - Position)
            throw new DamagedException("The metadata ends early.");
        Position += length;
        return bytes.Span.Slice(Position - length, length);
    }

    private void Require(int type)
    {
        if (_type != type)
            throw Unexpected(type == Binary ? "text" : "a structure");
    }

    private DamagedException Unexpected(string what) => new($"The metadata holds a value of type {_type}, expected {what}.");

    private void Descend()
    {
        if (++_depth > DeepestNesting)
            throw new DamagedException($"The metadata is nested more than {DeepestNesting} deep.");
    }
}
