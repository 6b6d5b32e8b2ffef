using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks;

/// <summary>Peak resident memory of one forward and backward pass above what was resident before it. Linux: it resets the kernel's high-water mark.</summary>
public static class MemoryReport
{
    private const int Tokens = TokenLogProbsBenchmarks.Tokens, Width = TokenLogProbsBenchmarks.Width, Vocabulary = TokenLogProbsBenchmarks.Vocabulary;

    public static void Print()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var targets = randint(0, Vocabulary, [Tokens], dtype: ScalarType.Int64);
        var logits = randn(Tokens, Vocabulary).requires_grad_();
        Row("from logits, plain operators", () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.Plain(logits, targets), logits));
        Row("from logits, ours", () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.Ours(logits, targets), logits));
        var (hidden, weight) = (randn(Tokens, Width).requires_grad_(), randn(Vocabulary, Width).requires_grad_());
        Row("from hidden states, plain operators", () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.PlainHidden(hidden, weight, targets), hidden, weight));
        Row("from hidden states, ours", () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.OursHidden(hidden, weight, targets), hidden, weight));
        Row("likelihood of hidden states, plain operators", () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.PlainLikelihood(hidden, weight, targets), hidden, weight));
        var weights = full(Tokens, -1.0 / Tokens);
        Row("likelihood of hidden states, ours", () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.OursLikelihood(hidden, weight, targets, weights), hidden, weight));
    }

    private static void Row(string name, Action pass)
    {
        pass(); // The first pass also pays for what the process keeps.
        var before = Status("VmRSS:");
        File.WriteAllText("/proc/self/clear_refs", "5");
        pass();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | +{(Status("VmHWM:") - before) / 1024} MiB |"));
    }

    internal static long Status(string field) =>
        long.Parse(
            File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);
}
