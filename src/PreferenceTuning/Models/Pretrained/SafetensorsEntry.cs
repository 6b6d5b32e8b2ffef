namespace PreferenceTuning.Models.Pretrained;

/// <summary>What the header of a safetensors file says about one tensor.</summary>
/// <param name="Name">The tensor's name, unique in its file.</param>
/// <param name="Dtype">The element type as the format spells it (<c>F32</c>, <c>BF16</c>, <c>I64</c>, ...).</param>
/// <param name="Shape">The sizes; empty for a scalar.</param>
/// <param name="Offset">Where the data begins, in bytes from the start of the file.</param>
/// <param name="ByteCount">How many bytes the data has.</param>
public sealed record SafetensorsEntry(string Name, string Dtype, IReadOnlyList<long> Shape, long Offset, long ByteCount);

/// <summary>How much a safetensors reader believes before it refuses a file.</summary>
public sealed record SafetensorsLimits
{
    /// <summary>No header is ever longer than this, in bytes: the reference library's own limit.</summary>
    public const long HardHeaderLimit = 100_000_000;

    /// <summary>
    /// Longest header in bytes; default 16 MiB (a header of a model with 100,000 tensors has about 12 MB), at most <see
    /// cref="HardHeaderLimit"/>.
    /// </summary>
    public long MaxHeaderBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Most tensors in one file; default 1,000,000.</summary>
    public int MaxTensors { get; init; } = 1_000_000;

    /// <summary>Most dimensions of a tensor; default 16.</summary>
    public int MaxRank { get; init; } = 16;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxHeaderBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxHeaderBytes, HardHeaderLimit);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxTensors);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxRank);
    }
}
