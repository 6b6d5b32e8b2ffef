namespace PreferenceTuning.Parquet.Thrift;

/// <summary>Reads one element of the schema, with both ways to say what its values mean.</summary>
internal static class SchemaReader
{
    public static SchemaElement Element(ThriftReader thrift)
    {
        var element = new SchemaElement();
        var converted = -1;
        var logical = Meaning.None;
        thrift.Struct(id => id switch
        {
            1 => Footer.Set(element.Type = Physical(thrift.SmallInteger())),
            2 => Footer.Set(element.TypeLength = thrift.SmallInteger()),
            3 => Footer.Set(element.Repetition = thrift.SmallInteger()),
            4 => Footer.Set(element.Name = thrift.Text()),
            5 => Footer.Set(element.Children = thrift.SmallInteger()),
            6 => Footer.Set(converted = thrift.SmallInteger()),
            7 => Footer.Set(element.Scale = thrift.SmallInteger()),
            10 => thrift.Inner(kind => Logical(thrift, element, kind, ref logical)),
            _ => false,
        });
        element.Meaning = logical;
        if (logical == Meaning.None)
            Converted(element, converted);
        if (element.Repetition is < 0 or > 2)
            throw new DamagedException($"The column '{element.Name}' has the unknown repetition {element.Repetition}.");
        return element;
    }

    public static PhysicalType Physical(int number) =>
        number is >= 0 and <= 7
            ? (PhysicalType)number
            : throw new DamagedException($"The metadata names the unknown physical type {number}.");

    private static bool Logical(ThriftReader thrift, SchemaElement element, int kind, ref Meaning logical)
    {
        switch (kind)
        {
            case 1 or 4 or 12:
                logical = Meaning.Text;
                return false;
            case 2:
                logical = Meaning.Map;
                return false;
            case 3:
                logical = Meaning.List;
                return false;
            case 5:
                logical = Meaning.Decimal;
                return thrift.Inner(id => id == 1 && Footer.Set(element.Scale = thrift.SmallInteger()));
            case 6:
                logical = Meaning.Date;
                return false;
            case 7 or 8:
                logical = kind == 7 ? Meaning.Time : Meaning.Timestamp;
                return thrift.Inner(id => id switch
                {
                    1 => Footer.Set(element.IsUtc = thrift.Flag()),
                    2 => thrift.Inner(unit => !Footer.Set(element.Unit = unit switch { 1 => 1_000, 2 => 1_000_000, _ => 1_000_000_000 })),
                    _ => false,
                });
            case 10:
                return Integer(thrift, ref logical);
            case 11:
                logical = Meaning.Null;
                return false;
            case 14:
                logical = Meaning.Uuid;
                return false;
            case 15:
                logical = Meaning.Half;
                return false;
            default:
                return false;
        }
    }

    private static bool Integer(ThriftReader thrift, ref Meaning logical)
    {
        var signed = true;
        thrift.Inner(id => id == 2 && Footer.Set(signed = thrift.Flag()));
        logical = signed ? Meaning.None : Meaning.Unsigned;
        return true;
    }

    // ConvertedType of parquet.thrift, for files without logical types.
    private static void Converted(SchemaElement element, int converted)
    {
        element.Meaning = converted switch
        {
            0 or 4 or 19 => Meaning.Text,
            1 or 2 => Meaning.Map,
            3 => Meaning.List,
            5 => Meaning.Decimal,
            6 => Meaning.Date,
            7 or 8 => Meaning.Time,
            9 or 10 => Meaning.Timestamp,
            >= 11 and <= 14 => Meaning.Unsigned,
            _ => Meaning.None,
        };
        if (converted is >= 7 and <= 10)
        {
            element.Unit = converted is 7 or 9 ? 1_000 : 1_000_000;
            element.IsUtc = true;
        }
    }
}
