using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>Weights that lie in memory and not in the cache: each is another part of a block of at least 1 GiB and twice the last-level cache.</summary>
internal sealed class ColdMemory : IDisposable
{
    private readonly Tensor _block = (rand(Math.Max(1L << 30, 2 * Cores.CacheBytes()) / sizeof(float)) - 0.5).DetachFromDisposeScope();
    private long _next;

    /// <summary>Numbers around 0 in the part of the block that has not been read for longest.</summary>
    public Tensor Matrix(long rows, long columns)
    {
        var count = rows * columns;
        _next = _next + count <= _block.numel() ? _next : 0;
        var matrix = _block.narrow(0, _next, count).view(rows, columns);
        _next += count;
        return matrix;
    }

    public void Dispose() => _block.Dispose();
}
