using System.Buffers.Binary;

namespace PreferenceTuning.Parquet.Arrow;

/// <summary>
/// What must be known of a message before the Arrow package reads it: how long its body is, and that a schema is no trap. The metadata are
/// a FlatBuffer (Message.fbs and Schema.fbs of the Arrow format 1.5), where a field may point at any later place: types can nest without
/// end, and the same part can be used again and again.
/// </summary>
internal static class MessageHead
{
    private const int MostDepth = 64;
    private const int MostFields = 10_000;
    private const byte SchemaMessage = 1, DictionaryMessage = 2, BatchMessage = 3;
    private const int PointerBytes = 4, NodeBytes = 16, CountBytes = 8;

    // Positions of fields in their tables.
    private const int MessageHeaderType = 1, MessageHeader = 2, MessageBodyLength = 3;
    private const int SchemaFields = 1, SchemaMetadata = 2, FieldChildren = 5, FieldMetadata = 6;
    private const int DictionaryBatch = 1, BatchNodes = 1, BatchBuffers = 2, BatchVariadicCounts = 4;

    /// <summary>Checks a message.</summary>
    /// <returns>The length of its body, bytes.</returns>
    public static long BodyLength(ReadOnlySpan<byte> metadata)
    {
        var message = Offset(metadata, 0);
        if (Field(metadata, message, MessageHeaderType) is > 0 and var type && Field(metadata, message, MessageHeader) is > 0 and var header)
            CheckHeader(metadata, Part(metadata, type, 1)[0], Offset(metadata, header));
        return Field(metadata, message, MessageBodyLength) is > 0 and var length
            ? BinaryPrimitives.ReadInt64LittleEndian(Part(metadata, length, 8))
            : 0;
    }

    private static void CheckHeader(ReadOnlySpan<byte> metadata, byte type, int header)
    {
        switch (type)
        {
            case SchemaMessage:
                var seen = 0;
                Vector(metadata, Field(metadata, header, SchemaMetadata), PointerBytes);
                CheckFields(metadata, Field(metadata, header, SchemaFields), 0, ref seen);
                break;
            case DictionaryMessage when Field(metadata, header, DictionaryBatch) is > 0 and var batch:
                CheckHeader(metadata, BatchMessage, Offset(metadata, batch));
                break;
            case BatchMessage:
                Vector(metadata, Field(metadata, header, BatchNodes), NodeBytes);
                Vector(metadata, Field(metadata, header, BatchBuffers), NodeBytes);
                Vector(metadata, Field(metadata, header, BatchVariadicCounts), CountBytes);
                break;
        }
    }

    private static void CheckFields(ReadOnlySpan<byte> metadata, int vectorField, int depth, ref int seen)
    {
        if (depth > MostDepth)
            throw new DamagedException($"The schema is nested more than {MostDepth} deep.");
        var (start, count) = Vector(metadata, vectorField, PointerBytes);
        for (var index = 0; index < count; index++)
        {
            if (++seen > MostFields)
                throw new DamagedException($"The schema has more than {MostFields} fields.");
            var field = Offset(metadata, start + (PointerBytes * index));
            Vector(metadata, Field(metadata, field, FieldMetadata), PointerBytes);
            CheckFields(metadata, Field(metadata, field, FieldChildren), depth + 1, ref seen);
        }
    }

    /// <summary>Where a vector begins and how many elements it has; the package makes room for as many as it says.</summary>
    private static (int Start, int Count) Vector(ReadOnlySpan<byte> metadata, int field, int elementBytes)
    {
        if (field == 0)
            return (0, 0);
        var vector = Offset(metadata, field);
        var count = BinaryPrimitives.ReadInt32LittleEndian(Part(metadata, vector, 4));
        return count >= 0 && count <= (metadata.Length - vector - 4) / elementBytes ? (vector + 4, count) : throw Outside();
    }

    /// <summary>Where a table's field stands, or 0 where the table does not have it.</summary>
    private static int Field(ReadOnlySpan<byte> metadata, int table, int field)
    {
        var fields = table - BinaryPrimitives.ReadInt32LittleEndian(Part(metadata, table, 4));
        var size = BinaryPrimitives.ReadUInt16LittleEndian(Part(metadata, fields, 2));
        var entry = 4 + (2 * field);
        if (entry + 2 > size)
            return 0;
        var offset = BinaryPrimitives.ReadUInt16LittleEndian(Part(metadata, fields + entry, 2));
        return offset == 0 ? 0 : table + offset;
    }

    private static int Offset(ReadOnlySpan<byte> metadata, int at)
    {
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(Part(metadata, at, 4));
        return offset <= metadata.Length - at ? at + (int)offset : throw Outside();
    }

    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> metadata, int at, int length) =>
        at >= 0 && at <= metadata.Length - length ? metadata.Slice(at, length) : throw Outside();

    private static DamagedException Outside() => new("The metadata of a message point outside them.");
}
