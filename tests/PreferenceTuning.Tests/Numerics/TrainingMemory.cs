using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using PreferenceTuning.Trainers;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>A process that trains a narrow model with a large vocabulary and prints by how many MiB it grew between the fourth step and the twelfth.</summary>
internal static class TrainingMemory
{
    public const string Name = "training-memory";

    public static int Run()
    {
        if (!HostAllocator.KeepFreedMemory())
        {
            return 1;
        }

        // Through oneDNN a weight's gradient is made apart and then added, so that no such promise is given there (docs/adr/0007).
        MatrixProducts.Backend = MatrixBackend.Mkl;
        using var policy = new PolicyModel(DecoderModel.Random(DecoderConfig.Gpt2(50257, 256, 2, 4, 128), seed: 1));
        using var optimizer = new AdamW(policy.Parameters);
        var trainer = new SftTrainer(policy, optimizer, _ => 1e-5, new SftOptions { MicroBatchTokens = 128 });
        SupervisedExample[] batch = [.. Enumerable.Range(0, 4).Select(row => new SupervisedExample([.. Enumerable.Range(row * 1000, 64)]))];
        long before = 0;
        for (var step = 0; step < 12; step++)
        {
            trainer.Step(batch);
            before = step == 3 ? Resident() : before;
        }

        Console.Out.WriteLine(Resident() - before);
        return 0;
    }

    private static long Resident() =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
}
