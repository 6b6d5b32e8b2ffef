using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using PreferenceTuning.Benchmarks;
using PreferenceTuning.Benchmarks.Steps;
using PreferenceTuning.Numerics.Native;

LibTorchLocation.UseEnvironment();
Console.WriteLine(NativeOperators.Describe());
if (args is ["memory"])
{
    MemoryReport.Print();
    return;
}

if (args is ["step", var name, var variant])
{
    StepReport.PrintOne(name, variant);
    return;
}

if (args is ["steps", .. var rest])
{
    StepReport.Print(rest);
    return;
}

// In process: another process per benchmark would need its own copy of libtorch. Each operation takes milliseconds, so one
// invocation is one measurement, and the median is what a busy machine disturbs least.
var config = DefaultConfig.Instance
    .AddJob(Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(15).WithInvocationCount(1).WithUnrollFactor(1))
    .AddColumn(StatisticColumn.Median)
    .HideColumns(Column.Error, Column.StdDev, Column.Mean, Column.RatioSD)
    .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory, BenchmarkLogicalGroupRule.ByParams)
    .WithOptions(ConfigOptions.JoinSummary);
BenchmarkSwitcher.FromAssembly(typeof(MemoryReport).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
