using System.Globalization;
using System.Text;
using LabelStudioSample.Simulation;
using LabelStudioSample.Terminal;
using Opossum.Report;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.LabelStudio.Server;

namespace LabelStudioSample.Steps;

/// <summary>From prompts and candidates to a Label Studio project.</summary>
internal static class TasksStep
{
    /// <summary>Writes <c>config.xml</c>, <c>tasks.json</c> and <c>items.jsonl</c>; with a server brings them there, too.</summary>
    public static async Task RunAsync(TasksOptions options, TextWriter output, CancellationToken cancel)
    {
        var items = options.Items is null
            ? SimulatedItems.Make(options.Seed)
            : JudgingItemJsonLines.Read(FeedbackInput.FromFile(options.Items));
        if (items.Count == 0)
            throw new FeedbackFormatException("There is no item, so that there is nothing to ask.", Path.GetFileName(options.Items!));
        var config = options.ConfigFor(items);
        var tasks = Path.Combine(options.Output, "tasks.json");
        // Before anything is written: an item that the config cannot show is refused here, a missing token there.
        using var client = options.Server is { } place ? ServerToken.Connect(place) : null;
        var report = LabelStudioTasks.WriteFile(tasks, items, config, new LabelStudioTaskOptions { Seed = options.Seed });
        AtomicFile.Write(Path.Combine(options.Output, "config.xml"), stream => stream.Write(Encoding.UTF8.GetBytes(config.Xml + "\n")));
        JudgingItemJsonLines.WriteFile(Path.Combine(options.Output, "items.jsonl"), items);
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{items.Count} {(items.Count == 1 ? "task" : "tasks")} in {tasks}, the labelling config in config.xml beside it."));
        output.WriteLine(
            "items.jsonl says which model wrote what, and which answers are known: keep it, and do not show it to annotators.");
        foreach (var note in report.Notes)
            output.WriteLine($"{note.Kind}: {note.Message} ({note.Count} times)");
        if (options.Server is { } server)
            await SendAsync(client!, server, options, config, tasks, output, cancel).ConfigureAwait(false);
    }

    private static async Task SendAsync(
        LabelStudioClient client, ServerPlace server, TasksOptions options, LabelingConfig config, string tasks, TextWriter output, CancellationToken cancel)
    {
        var project = server.Project ?? (await client.CreateProjectAsync(
            new LabelStudioProjectSettings
            {
                Title = options.Title,
                Config = config,
                Instructions = options.Instructions is null
                    ? null
                    : Html.Escape(File.ReadAllText(options.Instructions)).ReplaceLineEndings("<br>"),
            },
            cancel).ConfigureAwait(false)).Id;
        var done = await client.ImportAsync(project, FeedbackInput.FromFile(tasks), cancel).ConfigureAwait(false);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Project {project} at {server.Url}: {done.Sent} tasks sent, {done.AlreadyThere} were there already. Read the judgements with: report --url {server.Url} --project {project}"));
    }
}
