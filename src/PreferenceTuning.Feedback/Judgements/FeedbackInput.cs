using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>
/// Bytes to read judgements from, with the name that messages and provenance use. A file is hashed first and read when it is needed;
/// should it change in between, the reader notices and fails.
/// </summary>
public sealed class FeedbackInput
{
    /// <summary>The most that a compressed file may unpack to: 1 GiB, against decompression bombs.</summary>
    private const long UnpackLimit = 1L << 30;

    private static readonly byte[] EndMark = SHA256.HashData("the end of a gzip file"u8);

    private readonly Lazy<string> _sha256;
    private readonly Lazy<ReadOnlyMemory<byte>> _bytes;
    private readonly string? _path;

    /// <summary>Names bytes that the caller already has.</summary>
    /// <param name="name">What messages and provenance call the input.</param>
    /// <param name="bytes">The content: UTF-8 text, with or without a byte order mark.</param>
    public FeedbackInput(string name, ReadOnlyMemory<byte> bytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        _bytes = new Lazy<ReadOnlyMemory<byte>>(bytes);
        _sha256 = new Lazy<string>(() => Convert.ToHexStringLower(SHA256.HashData(bytes.Span)));
    }

    private FeedbackInput(string name, string path)
    {
        Name = name;
        _path = path;
        _bytes = new Lazy<ReadOnlyMemory<byte>>(() => File.ReadAllBytes(path));
        _sha256 = new Lazy<string>(() =>
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        });
    }

    /// <summary>What messages and provenance call the input: for a file its name without the folder.</summary>
    public string Name { get; }

    /// <summary>The content, read whole (at most 2 GB); for a <c>.gz</c> file unpacked.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.Value;

    /// <summary>SHA-256 of <see cref="Bytes"/>, 64 lower-case hexadecimal digits.</summary>
    public string Sha256 => _sha256.Value;

    /// <summary>Reads a file; one whose name ends in <c>.gz</c> is unpacked (to at most 1 GiB).</summary>
    /// <exception cref="FeedbackFormatException">The file is too large, or is not what its ending says.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FeedbackInput FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var name = Path.GetFileName(path);
        if (new FileInfo(path).Length > Array.MaxLength)
            throw new FeedbackFormatException("The file is larger than 2 GB; export it in parts.", name);
        return name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new FeedbackInput(name, (ReadOnlyMemory<byte>)Unpack(path, name))
            : new FeedbackInput(name, Path.GetFullPath(path));
    }

    /// <summary>Names text that the caller already has.</summary>
    public static FeedbackInput FromText(string name, string text) => new(name, Encoding.UTF8.GetBytes(text));

    /// <summary>The content as a stream, without holding a file whole.</summary>
    internal Stream Open()
    {
        if (_path is not null && !_bytes.IsValueCreated)
            return File.OpenRead(_path);
        return MemoryMarshal.TryGetArray(Bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(Bytes.ToArray(), writable: false);
    }

    /// <summary>The content without a byte order mark, after a check that it is UTF-8.</summary>
    internal ReadOnlyMemory<byte> Utf8()
    {
        if (!System.Text.Unicode.Utf8.IsValid(Bytes.Span))
            throw NotUtf8(Bytes.Span);
        return Bytes.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? Bytes[3..] : Bytes;
    }

    private FeedbackFormatException NotUtf8(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
            at += length;
        return new(
            "The content is not UTF-8 text; save it as UTF-8.", Name, bytes[..at].Count((byte)'\n') + 1,
            FormattableString.Invariant($"byte {at} of the file"));
    }

    // GZipStream takes the end of a cut file for the end of the content. A second member behind the file is only met if the first is whole.
    private static byte[] Unpack(string path, string name)
    {
        try
        {
            using var file = new MemoryStream();
            file.Write(File.ReadAllBytes(path));
            if (file.Length == 0)
                throw new FeedbackFormatException("The gzip file is empty; download it again.", name);
            using (var mark = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
                mark.Write(EndMark);
            file.Position = 0;
            using var unpacked = new MemoryStream();
            using var packed = new GZipStream(file, CompressionMode.Decompress);
            var buffer = new byte[1 << 16];
            for (int count; (count = packed.Read(buffer)) > 0;)
            {
                if (unpacked.Length + count > UnpackLimit + EndMark.Length)
                    throw new FeedbackFormatException("The file unpacks to more than 1 GiB; unpack it first if that is meant.", name);
                unpacked.Write(buffer, 0, count);
            }

            var whole = unpacked.GetBuffer().AsSpan(0, (int)unpacked.Length);
            return whole.EndsWith(EndMark)
                ? whole[..^EndMark.Length].ToArray()
                : throw new FeedbackFormatException("The gzip file is cut or holds something behind its content; download it again.", name);
        }
        catch (InvalidDataException exception)
        {
            throw new FeedbackFormatException("The file is not a readable gzip file.", name, cause: exception);
        }
    }
}
