using Opossum.Pipeline;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Trainers;

namespace Opossum.Terminal;

/// <summary>Runs the main job, and says in words how it ended.</summary>
internal static class JobRun
{
    /// <summary>Ctrl-C, as shells count it.</summary>
    public const int Stopped = 130;

    /// <summary>The exit code: 0, 1 for an error that the user can mend, or <see cref="Stopped"/>.</summary>
    /// <param name="options">What the user asked for.</param>
    /// <param name="console">Hears how far it is.</param>
    /// <param name="output">Hears the result.</param>
    /// <param name="error">Hears what went wrong, what is kept, and how to go on.</param>
    /// <param name="settings">Null takes those that fit the options.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static int Run(
        RunOptions options, ProgressConsole console, TextWriter output, TextWriter error, JobSettings? settings, CancellationToken cancellationToken)
    {
        MainJob? job = null;
        return Guarded(Work, error, SayHowToGoOn);

        int Work()
        {
            job = new MainJob(options, console, cancellationToken, settings);
            var (run, page) = job.Run();
            ResultTable.Write(run, page, output, ProgressConsole.IsLive);
            return 0;
        }

        void SayHowToGoOn(string when)
        {
            if (job is null)
            {
                error.WriteLine($"Nothing was begun. The output folder is '{options.Output}'; --output names another one.");
            }
            else
            {
                var kept = job.Kept.Count > 0 ? $"Kept: {string.Join(", ", job.Kept)}." : "Nothing was finished that could be kept.";
                error.WriteLine($"{kept} {when} {options.ResumeCommand}");
            }
        }
    }

    /// <summary>Turns what a user can mend into its message; anything else is a bug and keeps its stack trace.</summary>
    /// <param name="work">Gives the exit code.</param>
    /// <param name="error">Hears the message.</param>
    /// <param name="interrupted">
    /// Says how the work can go on, where it was stopped or could not be written; begins with what it is given.
    /// </param>
    public static int Guarded(Func<int> work, TextWriter error, Action<string> interrupted)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Stopped.");
            interrupted("Go on with:");
            return Stopped;
        }
        catch (Exception problem) when (
            problem is IOException or UnauthorizedAccessException or CheckpointException { InnerException: IOException })
        {
            error.WriteLine(problem.Message);
            interrupted("When the disk has room and can be written, go on with:");
            return 1;
        }
        catch (Exception problem) when (problem is CheckpointException or FeedbackFormatException or ModelFileException or TrainingException
            or ArgumentException or FormatException or InvalidDataException)
        {
            error.WriteLine(problem.Message);
            return 1;
        }
    }
}
