using System.Text.Json;
using System.Text.Unicode;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>
/// Reads and checks the header of a safetensors file. Everything in it is untrusted: sizes are multiplied with overflow
/// checks, the tensors must cover the data exactly, names are unique.
/// </summary>
internal sealed class SafetensorsHeader
{
    private const string Damaged = "The file is damaged or not a safetensors file: get it again from its source.";

    private readonly string _path;
    private readonly SafetensorsLimits _limits;
    private readonly long _dataStart;
    private readonly long _dataBytes;

    private SafetensorsHeader(string path, SafetensorsLimits limits, long dataStart, long dataBytes)
    {
        _path = path;
        _limits = limits;
        _dataStart = dataStart;
        _dataBytes = dataBytes;
    }

    /// <summary>The tensors in the order of their data.</summary>
    public List<SafetensorsEntry> Entries { get; } = [];

    public Dictionary<string, string>? Metadata { get; private set; }

    /// <param name="path">For messages.</param>
    /// <param name="header">The bytes between the length and the data.</param>
    /// <param name="fileLength">Length of the whole file in bytes.</param>
    /// <param name="limits">What to believe.</param>
    public static SafetensorsHeader Parse(string path, ReadOnlyMemory<byte> header, long fileLength, SafetensorsLimits limits)
    {
        var dataStart = 8 + header.Length;
        var parsed = new SafetensorsHeader(path, limits, dataStart, fileLength - dataStart);
        if (!Utf8.IsValid(header.Span))
        {
            throw parsed.Fail("the header is not valid UTF-8.");
        }

        try
        {
            using var document = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
            parsed.ReadObject(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how System.Text.Json reports an unpaired surrogate in a name.
            throw parsed.Fail(
                $"the header is not the JSON object that the format prescribes ({exception.Message.TrimEnd('.')}).", exception);
        }

        parsed.CheckCoverage();
        return parsed;
    }

    private void ReadObject(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Fail($"the header is a JSON {root.ValueKind}, not an object.");
        }

        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                Metadata = ReadMetadata(property.Value);
                continue;
            }

            if (Entries.Count == _limits.MaxTensors)
            {
                throw Fail(
                    $"the header names more than {_limits.MaxTensors} tensors.",
                    remedy: "Raise SafetensorsLimits.MaxTensors if you trust the file.");
            }

            Entries.Add(ReadEntry(property.Name, property.Value));
        }
    }

    private Dictionary<string, string>? ReadMetadata(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Fail($"'__metadata__' is a JSON {value.ValueKind}, not an object of strings.");
        }

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw Fail($"metadata '{property.Name}' is a JSON {property.Value.ValueKind}, not a string.");
        }

        return metadata;
    }

    private SafetensorsEntry ReadEntry(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Fail($"the entry of tensor '{name}' is a JSON {value.ValueKind}, not an object.");
        }

        var dtype = ReadDtype(name, value);
        var shape = ReadIntegers(name, value, "shape", _limits.MaxRank);
        var offsets = ReadIntegers(name, value, "data_offsets", 2);
        if (offsets.Length != 2 || offsets[0] > offsets[1] || offsets[1] > _dataBytes)
        {
            throw Fail(
                $"tensor '{name}' has data_offsets [{string.Join(", ", offsets)}]; "
                + $"begin <= end <= {_dataBytes} (the bytes of data in the file) was expected.");
        }

        var bytes = ByteCount(name, dtype, shape);
        if (bytes != offsets[1] - offsets[0])
        {
            throw Fail($"tensor '{name}' ({dtype} [{string.Join(", ", shape)}]) needs {bytes} bytes but its data_offsets span {offsets[1] - offsets[0]}.");
        }

        return new SafetensorsEntry(name, dtype, shape, _dataStart + offsets[0], bytes);
    }

    private string ReadDtype(string name, JsonElement value)
    {
        if (!value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String)
        {
            throw Fail($"tensor '{name}' has no dtype.");
        }

        var text = dtype.GetString()!;
        return SafetensorsDtype.IsKnown(text)
            ? text
            : throw Fail(
                $"tensor '{name}' has dtype '{text}'; known are {SafetensorsDtype.AllNames}.", remedy: "Convert the file to one of these.");
    }

    private long[] ReadIntegers(string name, JsonElement entry, string field, int most)
    {
        if (!entry.TryGetProperty(field, out var array) || array.ValueKind != JsonValueKind.Array)
        {
            throw Fail($"tensor '{name}' has no array '{field}'.");
        }

        if (array.GetArrayLength() > most)
        {
            throw Fail($"'{field}' of tensor '{name}' has {array.GetArrayLength()} numbers; at most {most} were expected.");
        }

        var numbers = new long[array.GetArrayLength()];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (array[i].ValueKind != JsonValueKind.Number || !array[i].TryGetUInt64(out var number) || number > long.MaxValue)
            {
                throw Fail($"'{field}' of tensor '{name}' holds {array[i].GetRawText()}; integers from 0 to 2^63 - 1 were expected.");
            }

            numbers[i] = (long)number;
        }

        return numbers;
    }

    // Multiplied in order and checked at every step, so that no later zero hides an overflow.
    private long ByteCount(string name, string dtype, long[] shape)
    {
        try
        {
            var elements = 1L;
            foreach (var size in shape)
            {
                elements = checked(elements * size);
            }

            return checked(elements * SafetensorsDtype.Size(dtype));
        }
        catch (OverflowException exception)
        {
            throw Fail($"the size of tensor '{name}' ({dtype} [{string.Join(", ", shape)}]) overflows 64 bits.", exception);
        }
    }

    private void CheckCoverage()
    {
        Entries.Sort((left, right) => (left.Offset, left.ByteCount).CompareTo((right.Offset, right.ByteCount)));
        var expected = _dataStart;
        foreach (var entry in Entries)
        {
            if (entry.Offset != expected)
            {
                var what = entry.Offset < expected ? "overlaps the tensor before it" : "leaves bytes before it that belong to nobody";
                throw Fail($"tensor '{entry.Name}' begins at byte {entry.Offset - _dataStart} of the data and {what}; {expected - _dataStart} was expected.");
            }

            expected = entry.Offset + entry.ByteCount;
        }

        if (expected != _dataStart + _dataBytes)
        {
            throw Fail($"the tensors cover {expected - _dataStart} of {_dataBytes} bytes of data.");
        }
    }

    private ModelFileException Fail(string problem, Exception? cause = null, string remedy = Damaged) => new(_path, problem, remedy, cause);
}
