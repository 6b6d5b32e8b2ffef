using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using PreferenceTuning.Parquet.Pages;
using PreferenceTuning.Parquet.Thrift;

namespace PreferenceTuning.Parquet.Rows;

/// <summary>
/// Writes a value as JSON: numbers exactly (32-bit floats as the double that they are), NaN and the infinities as text, decimals as numbers
/// with all their digits, days and times as ISO 8601 text, bytes that are no text as base64.
/// </summary>
internal static class ValueWriter
{
    /// <summary>The Julian day of 1970-01-01, for INT96.</summary>
    private const int JulianEpoch = 2_440_588;

    private const long NanosecondsADay = 86_400_000_000_000;

    public static void Write(Utf8JsonWriter json, Leaf leaf, ReadOnlySpan<byte> value)
    {
        if (leaf.Element.Meaning == Meaning.Null)
        {
            json.WriteNullValue();
            return;
        }

        switch (leaf.Type)
        {
            case PhysicalType.Boolean:
                json.WriteBooleanValue(value[0] != 0);
                break;
            case PhysicalType.Int32:
                Integer(json, leaf.Element, BinaryPrimitives.ReadInt32LittleEndian(value));
                break;
            case PhysicalType.Int64:
                Integer(json, leaf.Element, BinaryPrimitives.ReadInt64LittleEndian(value));
                break;
            case PhysicalType.Float:
                Number(json, BinaryPrimitives.ReadSingleLittleEndian(value));
                break;
            case PhysicalType.Double:
                Number(json, BinaryPrimitives.ReadDoubleLittleEndian(value));
                break;
            case PhysicalType.Int96:
                Old(json, value);
                break;
            default:
                Bytes(json, leaf, value);
                break;
        }
    }

    public static void Date(Utf8JsonWriter json, long day) =>
        json.WriteStringValue(Moment(day, 0).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public static void Text(Utf8JsonWriter json, string column, ReadOnlySpan<byte> value)
    {
        if (!System.Text.Unicode.Utf8.IsValid(value))
            throw new DamagedException($"Column '{column}': a text is not UTF-8.");
        json.WriteStringValue(value);
    }

    private static void Integer(Utf8JsonWriter json, SchemaElement element, long value)
    {
        switch (element.Meaning)
        {
            case Meaning.Unsigned:
                json.WriteNumberValue(element.Type == PhysicalType.Int32 ? (uint)value : (ulong)value);
                break;
            case Meaning.Decimal:
                json.WriteRawValue(Decimal(value, element.Scale));
                break;
            case Meaning.Date:
                Date(json, value);
                break;
            case Meaning.Timestamp:
                Timestamp(json, value, element.Unit, element.IsUtc);
                break;
            case Meaning.Time:
                json.WriteStringValue(TimeOfDay(value, element.Unit));
                break;
            default:
                json.WriteNumberValue(value);
                break;
        }
    }

    public static void Number(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    private static void Bytes(Utf8JsonWriter json, Leaf leaf, ReadOnlySpan<byte> value)
    {
        switch (leaf.Element.Meaning)
        {
            case Meaning.Text:
                Text(json, leaf.Path, value);
                break;
            case Meaning.Decimal:
                if (value.Length > 64)
                    throw new DamagedException($"Column '{leaf.Path}': a decimal of {value.Length} bytes.");
                json.WriteRawValue(Decimal(new BigInteger(value, isUnsigned: false, isBigEndian: true), leaf.Element.Scale));
                break;
            case Meaning.Half when value.Length == 2:
                Number(json, (double)BinaryPrimitives.ReadHalfLittleEndian(value));
                break;
            case Meaning.Uuid when value.Length == 16:
                json.WriteStringValue(new Guid(value, bigEndian: true));
                break;
            default:
                json.WriteBase64StringValue(value);
                break;
        }
    }

    public static string Decimal(BigInteger value, int scale)
    {
        if (scale is < 0 or > 200)
            throw new DamagedException($"A decimal has {scale} digits behind the point.");
        var digits = BigInteger.Abs(value).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        return (value.Sign < 0 ? "-" : "") + (scale == 0 ? digits : $"{digits[..^scale]}.{digits[^scale..]}");
    }

    // Eight bytes of nanoseconds in the day, four of the Julian day.
    private static void Old(Utf8JsonWriter json, ReadOnlySpan<byte> value)
    {
        var nanoseconds = BinaryPrimitives.ReadInt64LittleEndian(value);
        var day = BinaryPrimitives.ReadInt32LittleEndian(value[8..]) - (long)JulianEpoch;
        if (nanoseconds is < 0 or >= NanosecondsADay)
            throw new DamagedException($"A timestamp has {nanoseconds} nanoseconds in its day.");
        json.WriteStringValue(Iso(Moment(day, nanoseconds / 1_000_000_000), (int)(nanoseconds % 1_000_000_000)));
    }

    public static void Timestamp(Utf8JsonWriter json, long value, long unit, bool isUtc)
    {
        RequireUnit(unit);
        var seconds = Math.DivRem(value, unit, out var rest);
        if (rest < 0)
            (seconds, rest) = (seconds - 1, rest + unit);
        var day = Math.DivRem(seconds, 86_400, out var inDay);
        if (inDay < 0)
            (day, inDay) = (day - 1, inDay + 86_400);
        json.WriteStringValue(Iso(Moment(day, inDay), (int)(rest * (1_000_000_000 / unit))) + (isUtc ? "+00:00" : ""));
    }

    public static string TimeOfDay(long value, long unit)
    {
        RequireUnit(unit);
        if (value < 0 || value / unit >= 86_400)
            throw new DamagedException($"A time of day is {value} of {unit} units a second.");
        return Iso(Moment(0, value / unit), (int)(value % unit * (1_000_000_000 / unit)))[11..];
    }

    // As Python writes it: no fraction, six digits, or nine.
    private static string Iso(DateTime moment, int nanoseconds) =>
        moment.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)
        + (nanoseconds == 0 ? "" : nanoseconds % 1000 == 0
            ? string.Create(CultureInfo.InvariantCulture, $".{nanoseconds / 1000:000000}")
            : string.Create(CultureInfo.InvariantCulture, $".{nanoseconds:000000000}"));

    private static DateTime Moment(long day, long second) => day is >= -719_162 and <= 2_932_896
        ? DateTime.UnixEpoch.AddTicks(day * TimeSpan.TicksPerDay + second * TimeSpan.TicksPerSecond)
        : throw new DamagedException($"A date lies {day} days from 1970, outside the years 1 to 9999.");

    private static void RequireUnit(long unit)
    {
        if (unit == 0)
            throw new DamagedException("A time has no unit.");
    }
}
