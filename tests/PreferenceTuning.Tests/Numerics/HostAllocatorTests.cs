using NUnit.Framework;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

public sealed class HostAllocatorTests
{
    [Test]
    public void Freed_memory_is_kept_where_the_C_library_is_glibc()
    {
        if (!File.Exists("/lib/x86_64-linux-gnu/libc.so.6"))
        {
            Assert.Ignore("Not Debian's or Ubuntu's glibc on x64.");
        }

        Assert.That(HostAllocator.KeepFreedMemory(), Is.True);
        Allocate();
        var before = MinorFaults();
        Allocate();

        // Handed out anew, 40 MiB would be 10,240 pages and as many faults (glibc by itself never keeps a block of more than 32 MiB).
        Assert.That(MinorFaults() - before, Is.LessThan(5_000));
    }

    private static void Allocate()
    {
        using var tensor = ones(10 << 20);
    }

    private static long MinorFaults() => long.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[7]);
}
