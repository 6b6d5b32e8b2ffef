using System.Runtime.InteropServices;

namespace PreferenceTuning.Numerics;

/// <summary>How the process keeps the memory of CPU tensors that are gone.</summary>
public static class HostAllocator
{
    private const int TrimThreshold = -1, MmapThreshold = -3; // M_TRIM_THRESHOLD, M_MMAP_THRESHOLD of glibc's malloc.h

    /// <summary>
    /// Asks the C library to keep freed memory for the next tensors instead of returning it to the system. A training step
    /// allocates the same large tensors again and again, and the system clears every page that it hands out anew: a sixth to
    /// a quarter of a step's time (benchmarks/README.md). Call once at the start of a program that trains on a CPU.
    /// </summary>
    /// <remarks>
    /// For the whole process, and for good: memory stays at its peak between steps. The library never calls this itself. glibc
    /// gives threads other than the first at most 64 MiB at a time from memory that it keeps, so train large models on the thread
    /// that <c>Main</c> began on.
    /// </remarks>
    /// <returns>False where the C library is not glibc (Windows, macOS, Alpine) or refuses; then nothing has changed.</returns>
    public static bool KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out var library))
        {
            return false;
        }

        // musl has no mallopt.
        return NativeLibrary.TryGetExport(library, "mallopt", out _)
            && SetOption(MmapThreshold, int.MaxValue) == 1
            && SetOption(TrimThreshold, int.MaxValue) == 1;
    }

    [DllImport("libc.so.6", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int option, int value);
}
