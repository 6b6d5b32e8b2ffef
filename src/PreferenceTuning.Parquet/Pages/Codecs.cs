using System.Buffers.Binary;
using System.IO.Compression;
using K4os.Compression.LZ4;
using Snappier;

namespace PreferenceTuning.Parquet.Pages;

/// <summary>The compressions of Parquet, by their numbers in parquet.thrift.</summary>
internal static class Codecs
{
    /// <summary>Unpacks to exactly the size that the page's header says.</summary>
    public static ReadOnlyMemory<byte> Unpack(int codec, ReadOnlyMemory<byte> packed, int size)
    {
        if (codec == 0)
            return packed.Length == size ? packed : throw new DamagedException($"A page that is not compressed has {packed.Length} bytes, its header says {size}.");
        if (size == 0)
            return default;
        var unpacked = new byte[size];
        int length;
        try
        {
            length = Into(codec, packed, unpacked);
        }
        catch (Exception exception) when (exception is not (DamagedException or OutOfMemoryException))
        {
            // Each library has exceptions of its own for the same thing.
            throw new DamagedException($"A page cannot be unpacked (compression {Name(codec)}): {exception.Message}", exception);
        }

        return length == size ? unpacked : throw new DamagedException($"A page unpacks to {length} bytes (compression {Name(codec)}), its header says {size}.");
    }

    private static int Into(int codec, ReadOnlyMemory<byte> packed, byte[] unpacked) => codec switch
    {
        1 => Snappy.GetUncompressedLength(packed.Span) == unpacked.Length ? Snappy.Decompress(packed.Span, unpacked) : -1,
        2 => Gzip(packed, unpacked),
        4 => BrotliDecoder.TryDecompress(packed.Span, unpacked, out var written) ? written : -1,
        5 => HadoopBlocks(packed.Span, unpacked) is var length && length >= 0 ? length : LZ4Codec.Decode(packed.Span, unpacked),
        6 => Zstandard(packed.Span, unpacked),
        7 => LZ4Codec.Decode(packed.Span, unpacked),
        _ => throw new DamagedException($"The compression {Name(codec)} is not supported; write the file with zstd or snappy."),
    };

    private static int Gzip(ReadOnlyMemory<byte> packed, byte[] unpacked)
    {
        using var stream = new GZipStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        var length = stream.ReadAtLeast(unpacked, unpacked.Length, throwOnEndOfStream: false);
        return stream.ReadByte() < 0 ? length : -1;
    }

    private static int Zstandard(ReadOnlySpan<byte> packed, byte[] unpacked)
    {
        using var decompressor = new ZstdSharp.Decompressor();
        return decompressor.Unwrap(packed, unpacked);
    }

    // Number 5 was never described; Hadoop's writers put big-endian sizes before each block, others wrote one bare block.
    private static int HadoopBlocks(ReadOnlySpan<byte> packed, Span<byte> unpacked)
    {
        var length = 0;
        while (packed.Length >= 8)
        {
            var (whole, part) = (BinaryPrimitives.ReadUInt32BigEndian(packed), BinaryPrimitives.ReadUInt32BigEndian(packed[4..]));
            if (whole > unpacked.Length - length || part > packed.Length - 8 || LZ4Codec.Decode(packed.Slice(8, (int)part), unpacked.Slice(length, (int)whole)) != whole)
                return -1;
            length += (int)whole;
            packed = packed[(8 + (int)part)..];
        }

        return packed.Length == 0 ? length : -1;
    }

    private static string Name(int codec) => codec is >= 0 and <= 7 ? new[] { "none", "snappy", "gzip", "lzo", "brotli", "lz4 (old)", "zstd", "lz4" }[codec] : FormattableString.Invariant($"number {codec}");
}
