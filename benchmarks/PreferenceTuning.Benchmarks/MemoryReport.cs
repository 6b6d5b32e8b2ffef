using System.Globalization;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks;

/// <summary>Peak resident memory of one forward and backward pass above what was resident before it. Linux: it resets the kernel's high-water mark.</summary>
public static class MemoryReport
{
    private const int Tokens = TokenLogProbsBenchmarks.Tokens, Width = TokenLogProbsBenchmarks.Width, Vocabulary = TokenLogProbsBenchmarks.Vocabulary;

    public static void Print()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new UsageException("'memory' needs Linux, whose kernel says how much memory was resident at most.");
        }

        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var targets = randint(0, Vocabulary, [Tokens], dtype: ScalarType.Int64);
        var logits = randn(Tokens, Vocabulary).requires_grad_();
        MarkdownTable.Header("forward and backward", "plain", "ours");
        Row(
            "log-probs and entropy of logits",
            () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.Plain(logits, targets), logits),
            () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.Ours(logits, targets), logits));
        var (hidden, weight) = (randn(Tokens, Width).requires_grad_(), randn(Vocabulary, Width).requires_grad_());
        Row(
            "log-probs and entropy of hidden states",
            () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.PlainHidden(hidden, weight, targets), hidden, weight),
            () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.OursHidden(hidden, weight, targets), hidden, weight));
        var weights = full(Tokens, -1.0 / Tokens);
        Row(
            "negative log-likelihood of hidden states",
            () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.PlainLikelihood(hidden, weight, targets), hidden, weight),
            () => TokenLogProbsBenchmarks.Train(() => TokenLogProbsBenchmarks.OursLikelihood(hidden, weight, targets, weights), hidden, weight));
    }

    private static void Row(string name, Action plain, Action ours) => MarkdownTable.Row($"{name}", $"+{Peak(plain)} MiB", $"+{Peak(ours)} MiB");

    private static long Peak(Action pass)
    {
        pass(); // The first pass also pays for what the process keeps.
        var before = Status("VmRSS:");
        File.WriteAllText("/proc/self/clear_refs", "5");
        pass();
        return (Status("VmHWM:") - before) / 1024;
    }

    private static long Status(string field) =>
        long.Parse(
            File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal))
                .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);
}
