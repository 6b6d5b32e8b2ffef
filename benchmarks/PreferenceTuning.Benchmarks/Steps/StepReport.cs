using System.Diagnostics;
using System.Globalization;

namespace PreferenceTuning.Benchmarks.Steps;

/// <summary>
/// Whole steps, ours and plain in turn, each in a process of its own so that peak memory is its own; medians over the repetitions.
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
        Console.WriteLine("| step | plain, s | ours, s | times as fast | plain, peak MiB | ours, peak MiB | share |\n|---|---|---|---|---|---|---|");
        foreach (var name in names)
        {
            var (plain, ours) = (new List<(double Seconds, double Peak)>(), new List<(double Seconds, double Peak)>());
            for (var i = 0; i < repetitions; i++)
            {
                plain.Add(InChild(name, "plain"));
                ours.Add(InChild(name, "ours"));
            }

            var (a, b, c, d) = (Median(plain.Select(p => p.Seconds)), Median(ours.Select(p => p.Seconds)), Median(plain.Select(p => p.Peak)), Median(ours.Select(p => p.Peak)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {a:F2} | {b:F2} | {a / b:F2} | {c:F0} | {d:F0} | {d / c:F2} |"));
        }
    }

    /// <summary>One warm-up step and one measured step; prints seconds and the process's peak resident memory.</summary>
    public static void PrintOne(string name, string variant)
    {
        var step = Steps.First(candidate => candidate.Name == name);
        var action = variant == "ours" ? step.Ours() : step.Plain();
        action();
        var clock = Stopwatch.StartNew();
        action();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds} {MemoryReport.Status("VmHWM:") / 1024}"));
    }

    private static (double Seconds, double Peak) InChild(string name, string variant)
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
            ? (double.Parse(numbers[0], CultureInfo.InvariantCulture), double.Parse(numbers[1], CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"Step '{name}' ({variant}) ended with exit code {child.ExitCode}; its message is above.");
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }
}
