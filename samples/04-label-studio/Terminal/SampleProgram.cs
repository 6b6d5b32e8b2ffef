using LabelStudioSample.Steps;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio.Server;

namespace LabelStudioSample.Terminal;

/// <summary>The whole program: the commands bound to their steps, and failures turned into a message and an exit code.</summary>
internal static class SampleProgram
{
    /// <summary>Runs; 0 when all went well, 1 after a failure, 130 when stopped.</summary>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        var actions = new SampleActions(
            (folder, seed, cancel) => Run(() => DemoStep.RunAsync(folder, seed, output, cancel), errors),
            (options, cancel) => Run(() => TasksStep.RunAsync(options, output, cancel), errors),
            (options, cancel) => Run(() => ReportStep.RunAsync(options, output, cancel), errors),
            (options, cancel) => Run(() => PairsStep.RunAsync(options, output, cancel), errors));
        return SampleCommand.InvokeAsync(args, actions, output, errors);
    }

    private static async Task<int> Run(Func<Task> work, TextWriter errors)
    {
        try
        {
            await work();
            return 0;
        }
        catch (OperationCanceledException)
        {
            errors.WriteLine("Stopped. Files are written whole or not at all; tasks that the server has are not sent again.");
            return 130;
        }
        catch (Exception error) when (error is FeedbackFormatException or LabelStudioException or IOException or UnauthorizedAccessException
            or InvalidOperationException or ArgumentException)
        {
            errors.WriteLine(error.Message);
            return 1;
        }
    }
}
