using System.Diagnostics;
using System.Globalization;
using PreferenceTuning.Numerics;

namespace PreferenceTuning.Benchmarks.Steps;

/// <summary>
/// Whole steps, ours and plain in turn, each in a process of its own so that peak memory is its own; medians over the repetitions.
/// Seconds by the clock and of processor time: on a busy machine the second is the one to compare (with OMP_NUM_THREADS=1, since
/// waiting threads burn processor time).
/// <c>steps [NAME,NAME] [repetitions]</c>.
/// </summary>
internal static class StepReport
{
    private static readonly (string Name, Func<Action> Ours, Func<Action> Plain)[] Steps =
    [
        ("decode-16", () => OurSteps.Decode(16), () => PlainSteps.Decode(16)),
        ("decode-64", () => OurSteps.Decode(64), () => PlainSteps.Decode(64)),
        ("sft", OurSteps.Supervised, PlainSteps.Supervised),
        ("dpo", OurSteps.Preference, PlainSteps.Preference),
        ("ppo", () => OurSteps.Ppo(shared: false), () => PlainSteps.Ppo(shared: false)),
        ("ppo-shared", () => OurSteps.Ppo(shared: true), () => PlainSteps.Ppo(shared: true)),
    ];

    public static void Print(string[] args)
    {
        var names = args.Length > 0 && args[0] != "all" ? args[0].Split(',') : [.. Steps.Select(step => step.Name)];
        var repetitions = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;
        Console.WriteLine("| step | plain, s | ours, s | times as fast | plain, processor s | ours, processor s | times as fast | plain, peak MiB | ours, peak MiB | share |\n|---|---|---|---|---|---|---|---|---|---|");
        foreach (var name in names)
        {
            _ = Find(name);
        }

        foreach (var name in names)
        {
            var (plain, ours) = (new List<double[]>(), new List<double[]>());
            for (var i = 0; i < repetitions; i++)
            {
                plain.Add(InChild(name, "plain"));
                ours.Add(InChild(name, "ours"));
            }

            var row = Enumerable.Range(0, 3).Select(column => (Plain: Median(plain.Select(run => run[column])), Ours: Median(ours.Select(run => run[column])))).ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {Times(row[0])} | {Times(row[1])} | {row[2].Plain:F0} | {row[2].Ours:F0} | {row[2].Ours / row[2].Plain:F2} |"));
        }
    }

    /// <summary>One warm-up step (PPO, which is long and repeats itself: none) and one measured step; prints seconds, processor seconds and peak MiB.</summary>
    public static void PrintOne(string name, string variant)
    {
        var step = Find(name);
        if (variant == "ours" && !HostAllocator.KeepFreedMemory())
        {
            Console.Error.WriteLine("This C library has no mallopt: freed memory goes back to the system.");
        }

        var action = variant == "ours" ? step.Ours() : step.Plain();
        if (!name.StartsWith("ppo", StringComparison.Ordinal))
        {
            action();
        }

        using var process = Process.GetCurrentProcess();
        var (clock, before) = (Stopwatch.StartNew(), process.TotalProcessorTime);
        action();
        process.Refresh();
        var processor = process.TotalProcessorTime - before;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds} {processor.TotalSeconds} {MemoryReport.Status("VmHWM:") / 1024}"));
    }

    private static (string Name, Func<Action> Ours, Func<Action> Plain) Find(string name) =>
        Steps.FirstOrDefault(step => step.Name == name) is { Name: not null } found
            ? found
            : throw new ArgumentException($"There is no step '{name}'; there are {string.Join(", ", Steps.Select(step => step.Name))}, or all.");

    private static string Times((double Plain, double Ours) seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{seconds.Plain:F2} | {seconds.Ours:F2} | {seconds.Plain / seconds.Ours:F2}");

    private static double[] InChild(string name, string variant)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(StepReport).Assembly.Location);
        }

        foreach (var argument in new[] { "step", name, variant })
        {
            start.ArgumentList.Add(argument);
        }

        using var child = Process.Start(start)!;
        var numbers = child.StandardOutput.ReadToEnd().Trim().Split('\n')[^1].Split(' ');
        child.WaitForExit();
        return child.ExitCode == 0
            ? [.. numbers.Select(number => double.Parse(number, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"Step '{name}' ({variant}) ended with exit code {child.ExitCode}; its message is above.");
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }
}
