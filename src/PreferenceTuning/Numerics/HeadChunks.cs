using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>How a head is applied.</summary>
/// <param name="SoftCap">Cap of the logits, or null.</param>
/// <param name="Temperature">Divides the capped logits.</param>
/// <param name="ChunkRows">Rows whose logits exist at one time.</param>
internal sealed record HeadOptions(double? SoftCap, double Temperature, long ChunkRows)
{
    public SoftmaxRequest Request(Tensor targets) => new(targets, 1 / Temperature, SoftCap is { } cap ? 1 / cap : 0);
}

/// <summary>Logits of a chunk of rows at a time, in one buffer that every chunk reuses.</summary>
internal sealed class HeadChunks(Tensor weight, Tensor? bias, HeadOptions options)
{
    /// <summary>Logits of a whole batch that are one chunk are kept for the gradient up to this size, which saves a matrix product of four.</summary>
    public const long KeepBytes = 80 << 20;

    // Logits of a whole batch up to this size are one chunk: a chunk of a large vocabulary takes as much.
    private const long OneChunkBytes = 16 << 20;

    // A matrix product needs some hundreds of rows to be limited by arithmetic and not by reading the weight (measured, see
    // benchmarks/README.md); more rows than this only cost memory.
    private const long RowsOnCpu = 384;

    // Memory that was used before costs no page faults.
    private readonly Tensor? _buffer = Is16Bit(weight.dtype) ? null : empty(options.ChunkRows, weight.shape[0], dtype: weight.dtype, device: weight.device);

    /// <summary>
    /// Rows of a chunk: the next power of two of <c>ceil(N / ceil(V / D))</c> (Hsu et al. 2024, Liger Kernel, arXiv:2410.10989), so
    /// that the chunk's logits take about as much memory as the hidden states; on the CPU up to 384, all chunks alike.
    /// </summary>
    public static long Rows(Tensor hidden, Tensor weight)
    {
        var (rows, vocabulary, width) = (hidden.shape[0], weight.shape[0], weight.shape[1]);
        if (rows * vocabulary * Math.Max(sizeof(float), hidden.element_size()) <= OneChunkBytes)
        {
            return Math.Max(1, rows);
        }

        var parts = (vocabulary + width - 1) / width;
        var chunk = (long)BitOperations.RoundUpToPowerOf2((ulong)((rows + parts - 1) / parts));
        if (hidden.device_type == DeviceType.CPU && chunk < RowsOnCpu)
        {
            // Alike, so that no last chunk of a few rows pays for reading the whole weight.
            var chunks = (rows + RowsOnCpu - 1) / RowsOnCpu;
            chunk = (rows + chunks - 1) / chunks;
        }

        return Math.Min(rows, chunk);
    }

    /// <summary>Capped logits of some rows, float64 for float64 hidden states and else float32; overwritten by the next call.</summary>
    public Tensor Logits(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var logits = Is16Bit(hidden.dtype)
            ? MatrixProducts.Affine(hidden, weight, null).to_type(ScalarType.Float32)
            : MatrixProducts.ProductInto(_buffer!.narrow(0, 0, hidden.shape[0]), hidden, weight);
        if (bias is not null)
        {
            logits.add_(bias);
        }

        if (options.SoftCap is { } cap)
        {
            logits.div_(cap).tanh_().mul_(cap);
        }

        return logits.MoveToOuterDisposeScope();
    }

    public static bool Is16Bit(ScalarType type) => type is ScalarType.BFloat16 or ScalarType.Float16;
}
