using System.Diagnostics;
using System.Globalization;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks.Steps;

/// <summary>
/// Whole steps, ours and plain in turn, each in a process of its own so that peak memory is its own (the host's, also where the step
/// runs on a GPU); medians over the repetitions.
/// Seconds by the clock and of processor time: on a busy machine the second is the one to compare (with OMP_NUM_THREADS=1, since
/// waiting threads burn processor time).
/// </summary>
internal static class StepReport
{
    public static void Print(string[] args)
    {
        var arguments = StepArguments.Parse(args, mostPositions: 2);
        var steps = WholeStep.Named(arguments.Positions.Length > 0 ? arguments.Positions[0] : "all");
        var repetitions = Mode.Repetitions(arguments.Positions, 1, otherwise: 3);
        _ = arguments.FindDevice();
        MarkdownTable.Header(
            "step", "plain, s", "ours, s", "times as fast", "plain, processor s", "ours, processor s", "times as fast", "plain, peak MiB", "ours, peak MiB", "share");
        foreach (var step in steps)
        {
            var (plain, ours) = (new List<double[]>(), new List<double[]>());
            for (var i = 0; i < repetitions; i++)
            {
                plain.Add(InChild(step, "plain", arguments));
                ours.Add(InChild(step, "ours", arguments));
            }

            var (seconds, processor, memory) = (Medians(plain, ours, 0), Medians(plain, ours, 1), Medians(plain, ours, 2));
            MarkdownTable.Row(
                $"{step.Name}", $"{seconds.Plain:F2}", $"{seconds.Ours:F2}", $"{seconds.Plain / seconds.Ours:F2}",
                $"{processor.Plain:F2}", $"{processor.Ours:F2}", $"{processor.Plain / processor.Ours:F2}",
                $"{memory.Plain:F0}", $"{memory.Ours:F0}", $"{memory.Ours / memory.Plain:F2}");
        }
    }

    /// <summary>Warm-up steps and one measured step; prints seconds, processor seconds and peak MiB.</summary>
    public static void PrintOne(string[] args)
    {
        var arguments = StepArguments.Parse(args, mostPositions: 2);
        if (arguments.Positions is not [var name, "ours" or "plain"])
        {
            throw new UsageException($"'step' takes a step and 'ours' or 'plain', but '{string.Join(' ', arguments.Positions)}' came.");
        }

        var (step, ours, device) = (WholeStep.Find(name), arguments.Positions[1] == "ours", arguments.FindDevice());
        if (arguments.Keeps(ours) && !HostAllocator.KeepFreedMemory())
        {
            Console.Error.WriteLine("This C library has no mallopt: freed memory goes back to the system.");
        }

        var action = ours ? step.Ours(device, arguments.MicroBatchTokens) : step.Plain(device);
        for (var i = 0; i < step.WarmUps; i++)
        {
            action();
            BenchmarkDevices.Wait(device.type);
        }

        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var seconds = Timing.Seconds(() =>
        {
            action();
            BenchmarkDevices.Wait(device.type);
        });
        process.Refresh();
        var processor = process.TotalProcessorTime - before;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {processor.TotalSeconds} {process.PeakWorkingSet64 >> 20}"));
    }

    private static (double Plain, double Ours) Medians(List<double[]> plain, List<double[]> ours, int column) =>
        (Timing.Median(plain.Select(run => run[column])), Timing.Median(ours.Select(run => run[column])));

    private static double[] InChild(WholeStep step, string variant, StepArguments arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(StepReport).Assembly.Location);
        }

        foreach (var argument in (string[])["step", step.Name, variant, .. arguments.Options])
        {
            start.ArgumentList.Add(argument);
        }

        using var child = Process.Start(start)!;
        var numbers = child.StandardOutput.ReadToEnd().Trim().Split('\n')[^1].Split(' ');
        child.WaitForExit();
        return child.ExitCode == 0
            ? [.. numbers.Select(number => double.Parse(number, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"Step '{step.Name}' ({variant}) ended with exit code {child.ExitCode}; its message is above.");
    }
}
