using PreferenceTuning.Benchmarks.Floors;
using PreferenceTuning.Benchmarks.Matrices;
using PreferenceTuning.Benchmarks.Steps;

namespace PreferenceTuning.Benchmarks;

/// <summary>What this program measures besides its BenchmarkDotNet classes. Each prints tables in Markdown and takes minutes at most.</summary>
internal sealed record Mode(string Name, string Arguments, int MostArguments, string Meaning, Action<string[]> Run)
{
    public static readonly Mode[] All =
    [
        new("memory", "", 0, "peak memory of log-probs and entropies, ours and plain (Linux)", _ => MemoryReport.Print()),
        new("compare", "[CLASS,CLASS|all] [repetitions]", 2, "the methods of BenchmarkDotNet classes in turn: medians, best, ratios", CompareReport.Print),
        new("matrices", "", 0, "MKL, oneDNN and bfloat16 at some shapes, and layouts of the weight", _ => MatrixReport.Print()),
        new("few-rows", "", 0, "the products of one decode step for 1 to 64 rows, MKL and this library", _ => FewRowsReport.Print()),
        new("floor", "[STEP,STEP|all]", 1, "memory, arithmetic, matrix products, and the whole steps' products alone", FloorReport.Print),
        new("steps", $"[STEP,STEP|all] [repetitions] {StepArguments.Usage}", 8, "whole steps, ours and plain, each in a process of its own", StepReport.Print),
        new("step", $"STEP ours|plain {StepArguments.Usage}", 8, "one of them in this process: seconds, processor seconds, peak MiB", StepReport.PrintOne),
    ];

    public static Mode Find(string name) =>
        Array.Find(All, mode => mode.Name == name)
        ?? throw new UsageException(
            $"There is no mode '{name}'; there are {string.Join(", ", All.Select(mode => mode.Name))}, and --filter for BenchmarkDotNet's classes (--help explains).");

    public static void PrintHelp()
    {
        Console.WriteLine("Without arguments: every BenchmarkDotNet class. With BenchmarkDotNet's own options (--filter '*AdamW*', --list flat): some of them.");
        Console.WriteLine("Or a mode:");
        foreach (var mode in All)
        {
            Console.WriteLine($"  {mode.Name} {mode.Arguments}\n      {mode.Meaning}");
        }

        Console.WriteLine($"Steps: {string.Join(", ", WholeStep.All.Select(step => step.Name))}.");
        Console.WriteLine("OMP_NUM_THREADS sets the threads; PREFERENCETUNING_LIBTORCH and PREFERENCETUNING_MATRIX_BACKEND as in the library.");
    }

    /// <summary>Runs with what stands behind the mode's name.</summary>
    public void Start(string[] args)
    {
        if (args.Length > MostArguments)
        {
            throw new UsageException($"'{Name}' takes {(Arguments.Length == 0 ? "no arguments" : Arguments)}, but {args.Length} came: {string.Join(' ', args)}.");
        }

        Run(args);
    }

    /// <summary>A number of repetitions among the arguments.</summary>
    public static int Repetitions(string[] args, int position, int otherwise) =>
        args.Length <= position ? otherwise
        : int.TryParse(args[position], out var count) && count > 0 ? count
        : throw new UsageException($"'{args[position]}' is not a number of repetitions; a whole number from 1 was expected.");
}
