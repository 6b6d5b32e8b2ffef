using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>
/// Reads tensors from one safetensors file of any size. The file may come from anywhere: the header is checked completely
/// when the file is opened (length, UTF-8, no duplicate names, sizes without overflow, data covered exactly), and nothing
/// in it is executed.
/// </summary>
public sealed class SafetensorsReader : IDisposable
{
    // Tensor.bytes is a span and ends at 2 GiB, so larger tensors are copied piece by piece.
    private const int ChunkBytes = 64 * 1024 * 1024;

    private readonly SafeFileHandle _file;
    private readonly Dictionary<string, SafetensorsEntry> _byName;

    private SafetensorsReader(string path, SafeFileHandle file, SafetensorsHeader header)
    {
        Path = path;
        _file = file;
        Metadata = header.Metadata;
        Entries = header.Entries;
        _byName = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The tensors, in the order of their data in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>The header's <c>__metadata__</c>, or null where there is none.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; }

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What to believe; null for the defaults.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged or hostile.</exception>
    public static SafetensorsReader Open(string path, SafetensorsLimits? limits = null)
    {
        limits ??= new SafetensorsLimits();
        limits.Validate();
        var file = OpenHandle(path);
        try
        {
            var length = RandomAccess.GetLength(file);
            var header = ReadHeader(path, file, length, limits);
            return new SafetensorsReader(path, file, SafetensorsHeader.Parse(path, header, length, limits));
        }
        catch (IOException exception)
        {
            file.Dispose();
            throw new ModelFileException(path, "the file cannot be read.", exception.Message, exception);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file holds a tensor of this name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>The header's entry of a tensor.</summary>
    /// <exception cref="ModelFileException">There is no such tensor.</exception>
    public SafetensorsEntry Entry(string name) =>
        _byName.TryGetValue(name, out var entry)
            ? entry
            : throw new ModelFileException(Path, $"there is no tensor '{name}'.", "Look at Entries for the names that are there.");

    /// <summary>Reads a tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="dtype">The type to convert to; null keeps the type of the file.</param>
    /// <param name="device">Where the tensor shall live; null for the CPU.</param>
    /// <returns>A new tensor of the shape in the file, without gradient.</returns>
    /// <exception cref="ModelFileException">There is no such tensor, TorchSharp has no such element type, or the file ended
    /// early.</exception>
    public Tensor Read(string name, ScalarType? dtype = null, Device? device = null)
    {
        var entry = Entry(name);
        var type = SafetensorsDtype.Tensor(entry.Dtype) ?? throw new ModelFileException(
            Path, $"tensor '{name}' has dtype {entry.Dtype}, for which there is no tensor type.", "Read it with ReadBytes, or convert the file.");
        CheckStrides(entry);
        using var scope = NewDisposeScope();
        var tensor = empty([.. entry.Shape], dtype: type);
        Fill(tensor, entry);
        return tensor.to(dtype ?? type, device ?? CPU).MoveToOuterDisposeScope();
    }

    /// <summary>Reads the raw little-endian, row-major bytes of a tensor of at most 2 GiB.</summary>
    /// <exception cref="ModelFileException">There is no such tensor, it is larger, or the file ended early.</exception>
    public byte[] ReadBytes(string name)
    {
        var entry = Entry(name);
        if (entry.ByteCount > Array.MaxLength)
        {
            throw new ModelFileException(Path, $"tensor '{name}' has {entry.ByteCount} bytes, too many for one array.", "Use Read.");
        }

        var bytes = new byte[entry.ByteCount];
        ReadExactly(_file, Path, bytes, entry.Offset);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // The format allows [0, 2^62, 4], which has no elements; a tensor computes its strides all the same.
    private void CheckStrides(SafetensorsEntry entry)
    {
        try
        {
            _ = entry.Shape.Aggregate(1L, (product, size) => checked(product * Math.Max(size, 1)));
        }
        catch (OverflowException exception)
        {
            throw new ModelFileException(
                Path, $"tensor '{entry.Name}' has shape [{string.Join(", ", entry.Shape)}], too large for a tensor even without elements.", "Use ReadBytes.", exception);
        }
    }

    private void Fill(Tensor tensor, SafetensorsEntry entry)
    {
        if (entry.ByteCount == 0)
        {
            return;
        }

        var flat = tensor.view(-1);
        var elementSize = SafetensorsDtype.Size(entry.Dtype);
        var perChunk = ChunkBytes / elementSize;
        for (long done = 0; done < flat.shape[0]; done += perChunk)
        {
            using var piece = flat.narrow(0, done, Math.Min(perChunk, flat.shape[0] - done));
            ReadExactly(_file, Path, piece.bytes, entry.Offset + (done * elementSize));
        }
    }

    private static SafeFileHandle OpenHandle(string path)
    {
        try
        {
            return System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, "the file cannot be opened.", exception.Message, exception);
        }
    }

    private static byte[] ReadHeader(string path, SafeFileHandle file, long length, SafetensorsLimits limits)
    {
        if (length < 8)
        {
            throw new ModelFileException(
                path, $"the file has {length} bytes; a safetensors file begins with a length field of 8.", "Get it again from its source.");
        }

        Span<byte> field = stackalloc byte[8];
        ReadExactly(file, path, field, 0);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(field);
        if (headerLength > (ulong)(length - 8))
        {
            throw new ModelFileException(
                path,
                $"the header claims {headerLength} bytes but the file has {length - 8} after the length field.",
                "The file is cut off or not a safetensors file: get it again from its source.");
        }

        if (headerLength > (ulong)limits.MaxHeaderBytes)
        {
            throw new ModelFileException(
                path,
                $"the header has {headerLength} bytes; at most {limits.MaxHeaderBytes} are read.",
                $"Raise SafetensorsLimits.MaxHeaderBytes (at most {SafetensorsLimits.HardHeaderLimit}) if you trust the file.");
        }

        var header = new byte[headerLength];
        ReadExactly(file, path, header, 8);
        return header;
    }

    private static void ReadExactly(SafeFileHandle file, string path, Span<byte> target, long offset)
    {
        while (target.Length > 0)
        {
            var read = RandomAccess.Read(file, target, offset);
            if (read == 0)
            {
                throw new ModelFileException(path, $"the file ended at byte {offset}.", "It was changed while it was read: try again.");
            }

            target = target[read..];
            offset += read;
        }
    }
}
