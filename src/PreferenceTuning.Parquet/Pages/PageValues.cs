using PreferenceTuning.Parquet.Thrift;

namespace PreferenceTuning.Parquet.Pages;

/// <summary>A leaf of the schema: a column.</summary>
/// <param name="Index">Its number among the columns.</param>
/// <param name="Path">Its name, for messages.</param>
/// <param name="Element">Its element of the schema.</param>
/// <param name="Definition">The largest definition level.</param>
/// <param name="Repetition">The largest repetition level.</param>
internal sealed record Leaf(int Index, string Path, SchemaElement Element, int Definition, int Repetition)
{
    public PhysicalType Type { get; } = Element.Type!.Value;

    /// <summary>Bytes of a value, 0 where each has its own length.</summary>
    public int Width { get; } = Element.Type switch
    {
        PhysicalType.Boolean => 1,
        PhysicalType.Int32 or PhysicalType.Float => 4,
        PhysicalType.Int64 or PhysicalType.Double => 8,
        PhysicalType.Int96 => 12,
        PhysicalType.FixedLengthByteArray when Element.TypeLength <= 0 =>
            throw new DamagedException($"The column '{Path}' holds values of {Element.TypeLength} bytes."),
        PhysicalType.FixedLengthByteArray => Element.TypeLength,
        _ => 0,
    };
}

/// <summary>Opens a page's values in the encoding that its header names (numbers of parquet.thrift).</summary>
internal static class PageValues
{
    /// <summary>No writer puts more into a page; lengths are held in memory.</summary>
    private const int MostValues = 1 << 24;

    public static IValues Open(
        PageHeader header, ReadOnlyMemory<byte> bytes, Leaf leaf, IReadOnlyList<ReadOnlyMemory<byte>>? dictionary) =>
            (header.Encoding, leaf.Type) switch
    {
        (0, _) => new PlainValues(bytes, leaf.Type, leaf.Width),
        (2 or 8, _) => Dictionary(bytes, dictionary),
        (3, PhysicalType.Boolean) => new RleTruthValues(new RleReader(PlainValues.Prefixed(ref bytes), 1)),
        // A page of nothing but nulls holds no bytes at all in some writers.
        (5 or 6 or 7, _) when bytes.Length == 0 => new PlainValues(bytes, leaf.Type, Math.Max(leaf.Width, 1)),
        (5, PhysicalType.Int32 or PhysicalType.Int64) => new DeltaValues(new DeltaReader(bytes), leaf.Width),
        (6, PhysicalType.ByteArray) => new DeltaLengthValues(bytes, Few(header)),
        (7, PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray) => new DeltaTextValues(bytes, Few(header)),
        (9, not (PhysicalType.Boolean or PhysicalType.ByteArray)) => new SplitValues(bytes, leaf.Width),
        _ => throw new DamagedException($"Values of type {leaf.Type} in encoding {header.Encoding} are not supported."),
    };

    private static DictionaryValues Dictionary(ReadOnlyMemory<byte> bytes, IReadOnlyList<ReadOnlyMemory<byte>>? dictionary)
    {
        if (bytes.Length == 0)
            return new DictionaryValues([], new RleReader(default, 0));
        return dictionary is null
            ? throw new DamagedException("A page names values of a dictionary, but the column has none.")
            : new DictionaryValues(dictionary, new RleReader(bytes[1..], bytes.Span[0]));
    }

    private static int Few(PageHeader header) => header.Values <= MostValues
        ? header.Values
        : throw new DamagedException($"A page holds {header.Values} texts; more than {MostValues} are not believed.");
}
