using Opossum.Preview;
using Opossum.Report;
using Opossum.Terminal;
using PreferenceTuning.Numerics.Native;

LibTorchLocation.UseEnvironment();
return await OpossumCommand.InvokeAsync(
    args, RunMainJob, (options, _) => Task.FromResult(JobRun.Guarded(() => Preview(options), Console.Error, _ => { })));

// On a thread of its own: tensors belong to one thread, and this one has to hear Ctrl-C.
static Task<int> RunMainJob(RunOptions options, CancellationToken cancellation) => Task.Factory.StartNew(
    () => JobRun.Run(options, ProgressConsole.ForThisProcess(), Console.Out, Console.Error, settings: null, cancellation),
    CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

static int Preview(RunOptions options)
{
    var progress = ProgressConsole.ForThisProcess();
    Synthetic made;
    using (var phase = progress.Start("preview", 1))
    {
        made = SyntheticRun.Make(
            options.Seed, options.Prefer, options.Method == TuningMethod.Dpo ? "dpo" : "ppo", options.Kl == KlMode.Adaptive);
        phase.Report(1);
    }

    var folder = Path.Combine(options.Output, "preview");
    PreferenceFolder.Write(Path.Combine(folder, "preferences"), made.Run, made.Judgements, made.Training, made.HeldOut);
    var files = ReportWriter.Write(made.Run, folder);
    ResultTable.Write(made.Run, files[0], Console.Out, ProgressConsole.IsLive);
    return 0;
}
