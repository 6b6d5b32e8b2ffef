using Opossum.Preview;
using Opossum.Report;
using Opossum.Terminal;

return await OpossumCommand.InvokeAsync(args, RunMainJob, Preview);

static Task<int> RunMainJob(RunOptions options, CancellationToken cancellation)
{
    Console.Error.WriteLine("The training part of this sample is not in this build; 'preview' shows the report.");
    return Task.FromResult(1);
}

static Task<int> Preview(RunOptions options, CancellationToken cancellation)
{
    var progress = ProgressConsole.ForThisProcess();
    Synthetic made;
    using (var phase = progress.Start("preview", 1))
    {
        made = SyntheticRun.Make(options.Seed, options.Prefer, options.Method == TuningMethod.Dpo ? "dpo" : "ppo", options.Kl == KlMode.Adaptive);
        phase.Report(1);
    }

    var folder = Path.Combine(options.Output, "preview");
    PreferenceFolder.Write(Path.Combine(folder, "preferences"), made.Run, made.Judgements, made.Training, made.HeldOut);
    var files = ReportWriter.Write(made.Run, folder);
    ResultTable.Write(made.Run, files[0], Console.Out, ProgressConsole.IsLive);
    return Task.FromResult(0);
}
