using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PreferenceTuning.Numerics.Native;

/// <summary>
/// Runs a loop over rows on libtorch's own threads, which have just finished a matrix product and still spin: .NET's thread
/// pool would compete with them for the same cores. Without the native function it uses the thread pool.
/// </summary>
internal static unsafe class RowLoop
{
    /// <summary>A part of a loop; it touches raw memory only, since tensors belong to the calling thread.</summary>
    public delegate void Body(long begin, long end);

    /// <summary>Runs <paramref name="body"/> over parts of [0, <paramref name="rows"/>) at once, and throws what it threw.</summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="grain">Fewest rows that are worth a thread.</param>
    /// <param name="body">The loop's body.</param>
    public static void Run(long rows, long grain, Body body)
    {
        if (!NativeOperators.Enabled || Dispatcher.Unavailable is not null)
        {
            RunOnThreadPool(rows, grain, body);
            return;
        }

        var call = new Call(body);
        var handle = GCHandle.Alloc(call);
        try
        {
            _ = Dispatcher.Native.ParallelFor(0, rows, Math.Max(1, grain), &Invoke, (void*)GCHandle.ToIntPtr(handle));
        }
        finally
        {
            handle.Free();
        }

        if (call.Fault is { } fault)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        }
    }

    private static void RunOnThreadPool(long rows, long grain, Body body)
    {
        var threads = Math.Min(TorchSharp.torch.get_num_threads(), (rows + Math.Max(1, grain) - 1) / Math.Max(1, grain));
        if (threads <= 1)
        {
            body(0, rows);
            return;
        }

        var part = (rows + threads - 1) / threads;
        Parallel.For(0, (int)threads, thread => body(thread * part, Math.Min(rows, (thread + 1) * part)));
    }

    // An exception must not cross native frames.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Invoke(long begin, long end, void* context)
    {
        var call = (Call)GCHandle.FromIntPtr((nint)context).Target!;
        try
        {
            call.Body(begin, end);
        }
        catch (Exception exception)
        {
            call.Fault = exception;
        }
    }

    private sealed class Call(Body body)
    {
        public readonly Body Body = body;
        public volatile Exception? Fault;
    }
}
