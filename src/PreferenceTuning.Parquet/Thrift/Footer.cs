using System.Buffers.Binary;

namespace PreferenceTuning.Parquet.Thrift;

/// <summary>Physical types, by the numbers of parquet.thrift.</summary>
internal enum PhysicalType
{
    Boolean,
    Int32,
    Int64,
    Int96,
    Float,
    Double,
    ByteArray,
    FixedLengthByteArray,
}

/// <summary>What a leaf's bytes mean: the logical type, or the older converted type that says the same.</summary>
internal enum Meaning
{
    None,
    Text,
    Unsigned,
    Decimal,
    Date,
    Time,
    Timestamp,
    Null,
    Uuid,
    Half,
    List,
    Map,
}

/// <summary>An element of the flattened schema. Unit: units a second of a time or timestamp.</summary>
internal sealed record SchemaElement
{
    public PhysicalType? Type { get; set; }
    public int TypeLength { get; set; }
    public int Repetition { get; set; }
    public string Name { get; set; } = "";
    public int Children { get; set; }
    public int Scale { get; set; }
    public Meaning Meaning { get; set; }
    public long Unit { get; set; }
    public bool IsUtc { get; set; }
}

/// <summary>Where a column's pages of one row group lie.</summary>
internal sealed record ColumnChunk
{
    public PhysicalType Type { get; set; }
    public IReadOnlyList<string> Path { get; set; } = [];
    public int Codec { get; set; }
    public long Values { get; set; }
    public long CompressedSize { get; set; }
    public long DataOffset { get; set; }
    public long DictionaryOffset { get; set; }
    public bool Elsewhere { get; set; }
    public bool Encrypted { get; set; }

    /// <summary>The first byte: some writers leave the dictionary's place 0.</summary>
    public long Begin => DictionaryOffset > 0 ? Math.Min(DictionaryOffset, DataOffset) : DataOffset;
}

/// <summary>A row group.</summary>
internal sealed record RowGroup(long Rows, IReadOnlyList<ColumnChunk> Columns);

/// <summary>The metadata at a file's end (apache/parquet-format, src/main/thrift/parquet.thrift).</summary>
internal sealed record Footer(IReadOnlyList<SchemaElement> Schema, IReadOnlyList<RowGroup> RowGroups)
{
    private const int LargestFooter = 64 << 20;
    private const string Encrypted = "The file is encrypted; decrypt it first.";

    public static Footer Read(ReadOnlyMemory<byte> file)
    {
        var span = file.Span;
        if (span.Length < 12 || !span[..4].SequenceEqual("PAR1"u8))
            throw new DamagedException(
                span.StartsWith("PARE"u8) ? Encrypted : "The file does not begin with PAR1; it is not a Parquet file.");
        if (!span[^4..].SequenceEqual("PAR1"u8))
            throw new DamagedException(
                span[^4..].SequenceEqual("PARE"u8) ? Encrypted : "The file does not end with PAR1; it may be cut, download it again.");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(span[^8..]);
        if (length > span.Length - 12 || length > LargestFooter)
            throw new DamagedException(
                $"The metadata should take {length} bytes, but the file has {span.Length}, and at most {LargestFooter} are read.");
        return Parse(new ThriftReader(file.Slice(span.Length - 8 - (int)length, (int)length)));
    }

    private static Footer Parse(ThriftReader thrift)
    {
        var schema = new List<SchemaElement>();
        var groups = new List<RowGroup>();
        thrift.Struct(id => id switch
        {
            2 => thrift.Structs(() => schema.Add(SchemaReader.Element(thrift))),
            4 => thrift.Structs(() => groups.Add(Group(thrift))),
            _ => false,
        });
        return new Footer(schema, groups);
    }

    private static RowGroup Group(ThriftReader thrift)
    {
        long rows = 0;
        var columns = new List<ColumnChunk>();
        thrift.Struct(id => id switch
        {
            1 => thrift.Structs(() => columns.Add(Chunk(thrift))),
            3 => Set(rows = thrift.Integer()),
            _ => false,
        });
        return new RowGroup(rows, columns);
    }

    private static ColumnChunk Chunk(ThriftReader thrift)
    {
        var chunk = new ColumnChunk();
        thrift.Struct(id => id switch
        {
            1 => Set(chunk.Elsewhere = thrift.Text().Length > 0),
            3 => thrift.Inner(inner => ChunkField(thrift, chunk, inner)),
            8 or 9 => !(chunk.Encrypted = true),
            _ => false,
        });
        return chunk;
    }

    private static bool ChunkField(ThriftReader thrift, ColumnChunk chunk, int id) => id switch
    {
        1 => Set(chunk.Type = SchemaReader.Physical(thrift.SmallInteger())),
        3 => Set(chunk.Path = thrift.Texts()),
        4 => Set(chunk.Codec = thrift.SmallInteger()),
        5 => Set(chunk.Values = thrift.Integer()),
        7 => Set(chunk.CompressedSize = thrift.Integer()),
        9 => Set(chunk.DataOffset = thrift.Integer()),
        11 => Set(chunk.DictionaryOffset = thrift.Integer()),
        _ => false,
    };

    /// <summary>Says that a field was taken; the assignment is the argument.</summary>
    public static bool Set<T>(T _) => true;
}
