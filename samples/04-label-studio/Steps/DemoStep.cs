using LabelStudioSample.Simulation;
using LabelStudioSample.Terminal;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;

namespace LabelStudioSample.Steps;

/// <summary>The whole way on simulated people: tasks, an export as Label Studio writes it, the report, the pairs.</summary>
internal static class DemoStep
{
    public static async Task RunAsync(string folder, long seed, TextWriter output, CancellationToken cancel)
    {
        var tasks = new TasksOptions { Seed = seed, Output = folder };
        output.WriteLine("1. Tasks");
        await TasksStep.RunAsync(tasks, output, cancel).ConfigureAwait(false);
        output.WriteLine("2. Simulated people judge; two read, one hurries, one (user 5) hardly reads at all");
        var export = Path.Combine(folder, "export.json");
        WriteExport(export, seed);
        var source = new SourceOptions { Export = export };
        output.WriteLine("3. Report");
        await ReportStep.RunAsync(new(source, folder), output, cancel).ConfigureAwait(false);
        output.WriteLine("4. Pairs");
        var pairs = new PairsOptions(source, Path.Combine(folder, "preferences")) 
        {
            Name = "Simulated preferences",
            Description = "Made by a sample program: the annotators are simulated, no person judged and no Label Studio ran.",
            Seed = seed,
        };
        await PairsStep.RunAsync(pairs, output, cancel).ConfigureAwait(false);
        output.WriteLine("User 5 is still in it. To leave somebody out is your decision:");
        output.WriteLine(
            $"  dotnet run -c Release --project samples/04-label-studio -- pairs {export} --drop 5 " +
            $"--reason \"made faster than anyone reads\" --output {pairs.Output}");
    }

    /// <summary>Writes an export with annotations, times and known answers.</summary>
    public static void WriteExport(string path, long seed)
    {
        var items = SimulatedItems.Make(seed);
        LabelStudioTasks.WriteFile(
            path, items, LabelingConfigs.ChoicesWithTie(), new LabelStudioTaskOptions { Seed = seed, Annotations = SimulatedPeople.Judge(items, seed) });
    }
}
