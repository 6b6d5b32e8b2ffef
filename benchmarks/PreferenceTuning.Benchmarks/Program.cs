using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using PreferenceTuning.Benchmarks;
using PreferenceTuning.Numerics.Native;

if (args is ["--help" or "-h" or "help", ..])
{
    Mode.PrintHelp();
    return 0;
}

if (args is [var name, .. var rest] && !name.StartsWith('-'))
{
    try
    {
        var mode = Mode.Find(name);
        LibTorchLocation.UseEnvironment();
        Console.WriteLine(NativeOperators.Describe());
        mode.Start(rest);
        return 0;
    }
    catch (UsageException exception)
    {
        Console.Error.WriteLine(exception.Message);
        return 1;
    }
}

LibTorchLocation.UseEnvironment();
Console.WriteLine(NativeOperators.Describe());

// In process: another process per benchmark would need its own copy of libtorch. Each operation takes milliseconds, so one
// invocation is one measurement, and the median is what a busy machine disturbs least.
var config = DefaultConfig.Instance
    .AddJob(Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(15).WithInvocationCount(1).WithUnrollFactor(1))
    .AddColumn(StatisticColumn.Median)
    .HideColumns(Column.Error, Column.StdDev, Column.Mean, Column.RatioSD)
    .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory, BenchmarkLogicalGroupRule.ByParams)
    .WithOptions(ConfigOptions.JoinSummary);
var summaries = BenchmarkSwitcher.FromAssembly(typeof(MemoryReport).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);

// It has said that a filter fits nothing; a script should see that too.
return args is ["--filter" or "-f", ..] && !args.Contains("--list") && !summaries.Any() ? 1 : 0;
