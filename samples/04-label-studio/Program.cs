using LabelStudioSample.Steps;
using LabelStudioSample.Terminal;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio.Server;

return await SampleCommand.InvokeAsync(args, new SampleActions(
    (folder, seed, cancel) => Run(() => DemoStep.RunAsync(folder, seed, Console.Out, cancel)),
    (options, cancel) => Run(() => TasksStep.RunAsync(options, Console.Out, cancel)),
    (options, cancel) => Run(() => ReportStep.RunAsync(options, Console.Out, cancel)),
    (options, cancel) => Run(() => PairsStep.RunAsync(options, Console.Out, cancel))));

static async Task<int> Run(Func<Task> work)
{
    try
    {
        await work();
        return 0;
    }
    catch (OperationCanceledException)
    {
        Console.Error.WriteLine("Stopped. Files are written whole or not at all; tasks that the server has are not sent again.");
        return 130;
    }
    catch (Exception error) when (error is FeedbackFormatException or LabelStudioException or IOException or UnauthorizedAccessException or InvalidOperationException or ArgumentException)
    {
        Console.Error.WriteLine(error.Message);
        return 1;
    }
}
