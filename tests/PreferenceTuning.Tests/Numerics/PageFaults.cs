using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>A process that prints how many pages it was handed out for eight tensors of 40 MiB that are made and freed five times.</summary>
internal static class PageFaults
{
    public const string Name = "page-faults";

    public static int Run(string keep)
    {
        if (keep == "keep" && !HostAllocator.KeepFreedMemory())
        {
            return 1;
        }

        var before = Count();
        for (var step = 0; step < 5; step++)
        {
            using var scope = NewDisposeScope();
            for (var i = 0; i < 8; i++)
            {
                _ = ones(10 << 20);
            }
        }

        Console.Out.WriteLine(Count() - before);
        return 0;
    }

    private static long Count() => long.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[7]);
}
