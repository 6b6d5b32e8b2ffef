using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;
using PreferenceTuning.Parquet.Rows;

namespace PreferenceTuning.Parquet.Arrow;

/// <summary>Writes one value of an array as JSON, spelled as <see cref="ValueWriter"/> spells those of Parquet.</summary>
internal readonly ref struct ArrowValueWriter(Utf8JsonWriter json, string column, int longestRow)
{
    public void Write(IArrowArray array, int index)
    {
        if (array.IsNull(index))
        {
            json.WriteNullValue();
            return;
        }

        switch (array)
        {
            case ExtensionArray extension:
                Write(extension.Storage, index);
                break;
            case DictionaryArray coded:
                Write(coded.Dictionary, checked((int)Integer(coded.Indices, index)));
                break;
            case StructArray record:
                Struct(record, index);
                break;
            case MapArray map:
                Entries(map, index);
                break;
            case ListArray list:
                Items(list.Values, list.ValueOffsets[index], list.ValueOffsets[index + 1]);
                break;
            case LargeListArray list:
                Items(list.Values, list.ValueOffsets[index], list.ValueOffsets[index + 1]);
                break;
            case ListViewArray list:
                Items(list.Values, list.ValueOffsets[index], list.ValueOffsets[index] + (long)list.Sizes[index]);
                break;
            case LargeListViewArray list:
                Items(list.Values, list.ValueOffsets[index], list.ValueOffsets[index] + list.Sizes[index]);
                break;
            case FixedSizeListArray list:
                var size = ((FixedSizeListType)list.Data.DataType).ListSize;
                Items(list.Values, (long)(list.Offset + index) * size, (long)(list.Offset + index + 1) * size);
                break;
            default:
                Single(array, index);
                break;
        }
    }

    private void Single(IArrowArray array, int index)
    {
        switch (array)
        {
            case StringArray text:
                ValueWriter.Text(json, column, text.GetBytes(index));
                break;
            case LargeStringArray text:
                ValueWriter.Text(json, column, text.GetBytes(index));
                break;
            case StringViewArray text:
                ValueWriter.Text(json, column, text.GetBytes(index));
                break;
            case BinaryArray bytes:
                json.WriteBase64StringValue(bytes.GetBytes(index));
                break;
            case LargeBinaryArray bytes:
                json.WriteBase64StringValue(bytes.GetBytes(index));
                break;
            case BinaryViewArray bytes:
                json.WriteBase64StringValue(bytes.GetBytes(index));
                break;
            case FixedSizeBinaryArray bytes:
                Fixed(bytes, index);
                break;
            case BooleanArray truth:
                json.WriteBooleanValue(truth.GetValue(index)!.Value);
                break;
            case HalfFloatArray number:
                ValueWriter.Number(json, (double)number.Values[index]);
                break;
            case FloatArray number:
                ValueWriter.Number(json, number.Values[index]);
                break;
            case DoubleArray number:
                ValueWriter.Number(json, number.Values[index]);
                break;
            case UInt64Array number:
                json.WriteNumberValue(number.Values[index]);
                break;
            case Date32Array or Date64Array or TimestampArray or Time32Array or Time64Array:
                Time(array, index);
                break;
            default:
                json.WriteNumberValue(Integer(array, index));
                break;
        }
    }

    private void Time(IArrowArray array, int index)
    {
        switch (array)
        {
            case Date32Array day:
                ValueWriter.Date(json, day.Values[index]);
                break;
            case Date64Array day:
                ValueWriter.Date(json, Math.DivRem(day.Values[index], 86_400_000).Quotient);
                break;
            case TimestampArray moment:
                var type = (TimestampType)moment.Data.DataType;
                ValueWriter.Timestamp(json, moment.Values[index], UnitsASecond(type.Unit), !string.IsNullOrEmpty(type.Timezone));
                break;
            case Time32Array time:
                json.WriteStringValue(ValueWriter.TimeOfDay(time.Values[index], UnitsASecond(((Time32Type)time.Data.DataType).Unit)));
                break;
            case Time64Array time:
                json.WriteStringValue(ValueWriter.TimeOfDay(time.Values[index], UnitsASecond(((Time64Type)time.Data.DataType).Unit)));
                break;
        }
    }

    private void Fixed(FixedSizeBinaryArray bytes, int index)
    {
        var value = bytes.GetBytes(index);
        int? scale = bytes.Data.DataType switch
        {
            Decimal32Type type => type.Scale,
            Decimal64Type type => type.Scale,
            Decimal128Type type => type.Scale,
            Decimal256Type type => type.Scale,
            _ => null,
        };
        if (scale is { } places)
            json.WriteRawValue(ValueWriter.Decimal(new BigInteger(value), places));
        else
            json.WriteBase64StringValue(value);
    }

    private void Struct(StructArray record, int index)
    {
        json.WriteStartObject();
        var fields = ((StructType)record.Data.DataType).Fields;
        for (var child = 0; child < fields.Count; child++)
        {
            json.WritePropertyName(fields[child].Name);
            Write(record.Fields[child], index);
        }

        json.WriteEndObject();
    }

    // As a list of [key, value], because JSON's names are only texts.
    private void Entries(MapArray map, int index)
    {
        json.WriteStartArray();
        for (var entry = map.ValueOffsets[index]; entry < map.ValueOffsets[index + 1]; entry++)
        {
            json.WriteStartArray();
            Write(map.Keys, entry);
            Write(map.Values, entry);
            json.WriteEndArray();
            RequireShort();
        }

        json.WriteEndArray();
    }

    private void Items(IArrowArray values, long start, long end)
    {
        if (start < 0 || end > values.Length)
            throw new DamagedException($"Column '{column}': a list lies outside its values.");
        json.WriteStartArray();
        for (var item = start; item < end; item++)
        {
            Write(values, (int)item);
            RequireShort();
        }

        json.WriteEndArray();
    }

    private void RequireShort()
    {
        if (json.BytesPending + json.BytesCommitted > longestRow)
            throw new DamagedException($"The row takes more than {longestRow >> 20} MiB as text.");
    }

    private long Integer(IArrowArray array, int index) => array switch
    {
        Int8Array number => number.Values[index],
        Int16Array number => number.Values[index],
        Int32Array number => number.Values[index],
        Int64Array number => number.Values[index],
        UInt8Array number => number.Values[index],
        UInt16Array number => number.Values[index],
        UInt32Array number => number.Values[index],
        _ => throw new DamagedException(string.Create(CultureInfo.InvariantCulture, $"Column '{column}' has the type {array.Data.DataType.Name}, which is not supported.")),
    };

    private static long UnitsASecond(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => 1,
        TimeUnit.Millisecond => 1_000,
        TimeUnit.Microsecond => 1_000_000,
        _ => 1_000_000_000,
    };
}
