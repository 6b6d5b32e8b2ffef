namespace PreferenceTuning.Parquet.Thrift;

/// <summary>What stands before each page.</summary>
internal sealed record PageHeader
{
    public const int Data = 0, Index = 1, Dictionary = 2, DataV2 = 3;

    public int Kind { get; set; } = -1;
    public int Size { get; set; }
    public int CompressedSize { get; set; }
    public int Values { get; set; }
    public int Encoding { get; set; }
    public int DefinitionLength { get; set; }
    public int RepetitionLength { get; set; }
    public int DefinitionEncoding { get; set; } = 3;
    public int RepetitionEncoding { get; set; } = 3;
    public bool IsCompressed { get; set; } = true;

    /// <summary>Reads a header and says where its page begins.</summary>
    public static (PageHeader Header, int Begin) Read(ReadOnlyMemory<byte> file, int position)
    {
        var thrift = new ThriftReader(file, position);
        var header = new PageHeader();
        thrift.Struct(id => id switch
        {
            1 => Footer.Set(header.Kind = thrift.SmallInteger()),
            2 => Footer.Set(header.Size = thrift.SmallInteger()),
            3 => Footer.Set(header.CompressedSize = thrift.SmallInteger()),
            5 => thrift.Inner(field => First(thrift, header, field)),
            7 => thrift.Inner(field => field <= 2 && First(thrift, header, field)),
            8 => thrift.Inner(field => Second(thrift, header, field)),
            _ => false,
        });
        if (header.Size < 0 || header.CompressedSize < 0 || header.Values < 0 || header.DefinitionLength < 0 || header.RepetitionLength < 0)
            throw new DamagedException("A page's header holds a negative size.");
        return (header, thrift.Position);
    }

    private static bool First(ThriftReader thrift, PageHeader header, int field) => field switch
    {
        1 => Footer.Set(header.Values = thrift.SmallInteger()),
        2 => Footer.Set(header.Encoding = thrift.SmallInteger()),
        3 => Footer.Set(header.DefinitionEncoding = thrift.SmallInteger()),
        4 => Footer.Set(header.RepetitionEncoding = thrift.SmallInteger()),
        _ => false,
    };

    private static bool Second(ThriftReader thrift, PageHeader header, int field) => field switch
    {
        1 => Footer.Set(header.Values = thrift.SmallInteger()),
        4 => Footer.Set(header.Encoding = thrift.SmallInteger()),
        5 => Footer.Set(header.DefinitionLength = thrift.SmallInteger()),
        6 => Footer.Set(header.RepetitionLength = thrift.SmallInteger()),
        7 => Footer.Set(header.IsCompressed = thrift.Flag()),
        _ => false,
    };
}
