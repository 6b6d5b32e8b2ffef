using Opossum.Pipeline;
using Opossum.Preview;
using Opossum.Report;
using Opossum.Terminal;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics.Native;
using PreferenceTuning.Trainers;

LibTorchLocation.UseEnvironment();
return await OpossumCommand.InvokeAsync(args, RunMainJob, Preview);

// On a thread of its own: tensors belong to one thread, and this one has to hear Ctrl-C.
static Task<int> RunMainJob(RunOptions options, CancellationToken cancellation) =>
    Task.Factory.StartNew(() => MainJobOnThisThread(options, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

static int MainJobOnThisThread(RunOptions options, CancellationToken cancellation)
{
    var console = ProgressConsole.ForThisProcess();
    try
    {
        var (run, page) = new MainJob(options, console, cancellation).Run();
        ResultTable.Write(run, page, Console.Out, ProgressConsole.IsLive);
        return 0;
    }
    catch (OperationCanceledException)
    {
        Console.Error.WriteLine("Stopped. What was done is kept; the same command with --resume goes on from there.");
        return 130;
    }
    catch (Exception error) when (error is CheckpointException or FeedbackFormatException or ModelFileException or TrainingException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine(error.Message);
        return 1;
    }
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
