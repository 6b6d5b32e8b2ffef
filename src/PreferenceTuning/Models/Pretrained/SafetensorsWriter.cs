using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PreferenceTuning.Data;
using static TorchSharp.torch;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>
/// Writes safetensors files with the layout of the reference library: larger element types first, then by name, the header
/// padded to a multiple of 8. The file appears at its place complete or not at all.
/// </summary>
public static class SafetensorsWriter
{
    private const int ChunkBytes = 64 * 1024 * 1024;

    /// <summary>Writes the tensors to a temporary file beside <paramref name="path"/>, flushes it to disk and renames it.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="tensors">Names and tensors, of any device; gradients are not written.</param>
    /// <param name="metadata">The header's <c>__metadata__</c>; null for none. Model files carry <c>format: pt</c>.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name, or one has a type that the format does not know.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var sorted = Sort(tensors);
        DurableFile.Replace(path, stream =>
        {
            WriteHeader(stream, Header(sorted, metadata));
            foreach (var (_, tensor) in sorted)
            {
                WriteData(stream, tensor);
            }
        });
    }

    private static List<(string Name, Tensor Value)> Sort(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var keyed = new List<(int Rank, byte[] Utf8, string Name, Tensor Value)>();
        foreach (var (name, value) in tensors)
        {
            var dtype = SafetensorsDtype.Name(value.dtype)
                ?? throw new ArgumentException(
                    $"Tensor '{name}' has type {value.dtype}, which the safetensors format does not know; convert it first.", nameof(tensors));
            if (name == "__metadata__" || !seen.Add(name))
            {
                throw new ArgumentException(
                    $"There are two tensors named '{name}', or the name is reserved; names must be unique.", nameof(tensors));
            }

            keyed.Add((SafetensorsDtype.Rank(dtype), Encoding.UTF8.GetBytes(name), name, value));
        }

        // The library sorts names by their UTF-8 bytes, which differs from UTF-16 order beyond the basic plane.
        keyed.Sort(
            (left, right) => left.Rank != right.Rank ? right.Rank.CompareTo(left.Rank) : left.Utf8.AsSpan().SequenceCompareTo(right.Utf8));
        return [.. keyed.Select(entry => (entry.Name, entry.Value))];
    }

    private static byte[] Header(List<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var entries = new List<string>();
        if (metadata is not null)
        {
            entries.Add($"\"__metadata__\":{{{string.Join(',', metadata.Select(pair => $"{Quote(pair.Key)}:{Quote(pair.Value)}"))}}}");
        }

        long offset = 0;
        foreach (var (name, value) in tensors)
        {
            var end = offset + (value.NumberOfElements * value.ElementSize);
            var (dtype, shape) = (SafetensorsDtype.Name(value.dtype), string.Join(',', value.shape));
            entries.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{Quote(name)}:{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{offset},{end}]}}"));
            offset = end;
        }

        var json = Encoding.UTF8.GetBytes($"{{{string.Join(',', entries)}}}");
        var padded = new byte[(json.Length + 7) / 8 * 8];
        padded.AsSpan().Fill((byte)' ');
        json.CopyTo(padded, 0);
        return padded;
    }

    // JSON as the reference library writes it: only what must be escaped is, so that equal content gives equal bytes.
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (var character in text)
        {
            quoted.Append(character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                < ' ' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => character.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static void WriteHeader(Stream stream, byte[] header)
    {
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
    }

    private static void WriteData(Stream stream, Tensor tensor)
    {
        if (tensor.NumberOfElements == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        var perChunk = ChunkBytes / tensor.ElementSize;
        for (long done = 0; done < flat.shape[0]; done += perChunk)
        {
            using var piece = flat.narrow(0, done, Math.Min(perChunk, flat.shape[0] - done));
            stream.Write(piece.bytes);
        }
    }
}
