using System.Runtime.InteropServices;

namespace PreferenceTuning.Numerics;

/// <summary>How the process keeps the memory of CPU tensors that are gone.</summary>
public static class HostAllocator
{
    private const int TrimThreshold = -1, MmapThreshold = -3; // M_TRIM_THRESHOLD, M_MMAP_THRESHOLD of glibc's malloc.h
    private const int Never = -1; // Any other int is 2 GB at most, which a training step frees at once.

    private static bool _keeps;

    /// <summary>
    /// Asks the C library to keep freed memory for the next tensors instead of returning it to the system. A training step
    /// allocates the same large tensors again and again, and the system clears every page that it hands out anew: a sixth to
    /// a quarter of a step's time (benchmarks/README.md). Call once at the start of a program that trains on a CPU.
    /// </summary>
    /// <remarks>
    /// For the whole process, and for good: memory stays at its peak between steps. The library never calls this itself. glibc
    /// gives threads other than the first at most 64 MiB at a time from memory that it keeps, so train large models on the thread
    /// that <c>Main</c> began on. From now on the trainers collect garbage before each optimizer step (see docs/adr/0007), which
    /// takes about a millisecond; no other thread may use tensors at that time.
    /// </remarks>
    /// <returns>False where the C library is not glibc (Windows, macOS, Alpine) or refuses; then nothing has changed.</returns>
    public static bool KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out var library))
        {
            return false;
        }

        // musl has no mallopt.
        _keeps = NativeLibrary.TryGetExport(library, "mallopt", out _)
            && SetOption(MmapThreshold, int.MaxValue) == 1
            && SetOption(TrimThreshold, Never) == 1;
        return _keeps;
    }

    /// <summary>
    /// Frees what only finalizers free, where freed memory is kept: TorchSharp wraps each number of an operator (<c>x * 2</c>, the
    /// hidden factor of <c>x + y</c>) in a few bytes of native memory. Such crumbs lie between the large blocks of a step and keep
    /// them from being joined again, so that a process grew by a weight's size in every step. The trainers call it; so should a
    /// loop of one's own that calls <see cref="KeepFreedMemory"/>. Only between steps, by the thread that trains: a collection
    /// frees what a call of another thread may be using.
    /// </summary>
    public static void FreeCrumbs()
    {
        if (!_keeps)
        {
            return;
        }

#pragma warning disable RS0030 // Banned for the reason above.
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
#pragma warning restore RS0030
        GC.WaitForPendingFinalizers();
    }

    [DllImport("libc.so.6", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int option, int value);
}
