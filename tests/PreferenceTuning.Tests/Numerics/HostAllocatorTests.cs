using NUnit.Framework;

namespace PreferenceTuning.Tests.Numerics;

public sealed class HostAllocatorTests
{
    // 5 x 8 x 40 MiB are 409,600 pages, and glibc by itself never keeps a block of more than 32 MiB. How many are
    // kept depends on what small things lie between the blocks: 150,000 to 270,000 pages were seen to be left.
    [Test]
    public void Freed_memory_is_kept_where_the_C_library_is_glibc()
    {
        if (!File.Exists("/lib/x86_64-linux-gnu/libc.so.6"))
        {
            Assert.Ignore("There is no /lib/x86_64-linux-gnu/libc.so.6, whose allocator this measures: run it on Debian or Ubuntu, x64.");
        }

        Assert.That(Faults("default"), Is.GreaterThan(400_000));
        Assert.That(Faults("keep"), Is.LessThan(350_000));
    }

    private static long Faults(string keep)
    {
        using var child = ChildProcess.Start(PageFaults.Name, keep);
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.That(child.ExitCode, Is.Zero, keep);
        return long.Parse(output);
    }
}
