using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using PreferenceTuning.Feedback.Pipelines;
using PreferenceTuning.Feedback.Statistics;

namespace LabelStudioSample.Terminal;

/// <summary>What the commands do; tests put something else in their place.</summary>
internal sealed record SampleActions(
    Func<string, long, CancellationToken, Task<int>> Demo,
    Func<TasksOptions, CancellationToken, Task<int>> Tasks,
    Func<ReportOptions, CancellationToken, Task<int>> Report,
    Func<PairsOptions, CancellationToken, Task<int>> Pairs);

/// <summary>The command line.</summary>
internal static class SampleCommand
{
    private static readonly Option<long> Seed =
        new("--seed") { Description = "Everything random follows from it.", DefaultValueFactory = _ => 1 };

    private static readonly Option<string> Output = new("--output")
    {
        Description = "The folder to write into.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => Path.Combine("artifacts", "04-label-studio"),
    };

    private static readonly Option<Uri?> Url = new("--url")
    {
        Description = $"A Label Studio server; its token is read from the environment variable {ServerPlace.TokenVariable}.",
        HelpName = "ADDRESS",
        CustomParser = Address,
    };

    private static readonly Option<long?> Project =
        new("--project") { Description = "A project's number on the server.", HelpName = "NUMBER" };

    private static readonly Argument<string?> Export = new("EXPORT")
    {
        Description = "An export (JSON, JSON_MIN, CSV) or another file of judgements (JSON Lines, Parquet, Arrow).",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Repository = new("--repository")
    {
        Description = "In a Pachyderm job, the input repository: export.json, config.xml and items.jsonl are read from /pfs/NAME, and /pfs/out is written.",
        HelpName = "NAME",
    };

    private static readonly Option<string?> Config =
        new("--config") { Description = "The project's labelling config; config.xml beside the export unless given.", HelpName = "FILE" };

    private static readonly Option<string?> Items = new("--items") { Description = "Prompts and candidates, JSON Lines. Of an export: items.jsonl beside it unless given.", HelpName = "FILE" };

    private static readonly Option<IReadOnlyDictionary<string, string>> Choice = new("--choice")
    {
        Description = "What a choice of the labelling config prefers, where it is not called as that: --choice \"Model A=answer_a\", --choice \"Both good=tie\". Once for each choice.",
        HelpName = "CHOICE=OBJECT",
        CustomParser = ChoicesOf,
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => new Dictionary<string, string>(),
    };

    private static readonly Option<QuestionForm> Form =
        new("--form") { Description = "What is asked.", DefaultValueFactory = _ => QuestionForm.Choices };

    private static readonly Option<string?> Instructions =
        new("--instructions") { Description = "A text that annotators read first; for a new project on a server.", HelpName = "FILE" };

    private static readonly Option<string> Title =
        new("--title") { Description = "The title of a new project.", DefaultValueFactory = _ => "Preferences" };

    private static readonly Option<MeasurementLevel> Level = new("--level")
    {
        Description = "How Krippendorff's alpha measures answers: ratings are ordinal or interval, comparisons and categories nominal.",
        DefaultValueFactory = _ => MeasurementLevel.Nominal,
    };

    private static readonly Option<MergeMethod> Method =
        new("--method") { Description = "How several judgements become one.", DefaultValueFactory = _ => MergeMethod.Majority };

    private static readonly Option<string[]> Drop =
        new("--drop") { Description = "An annotator to leave out; may be given again. Needs --reason.", HelpName = "ANNOTATOR" };

    private static readonly Option<string?> Reason =
        new("--reason") { Description = "Why somebody is left out; goes into the dataset card." };

    private static readonly Option<string[]> Rating = new("--rating")
    {
        Description = "A question (in Label Studio a control) whose ratings put the candidates in order, equal ratings tied; again for each candidate that has a question of its own.",
        HelpName = "QUESTION",
    };

    private static readonly Option<double> HeldOut =
        new("--held-out") { Description = "The share of prompts to hold out.", DefaultValueFactory = _ => 0.1 };

    private static readonly Option<string> Name =
        new("--name") { Description = "The data set's name.", DefaultValueFactory = _ => "Preferences" };

    private static readonly Option<string?> Params = new("--params")
    {
        Description = "A params.yaml with pairs.method, pairs.held_out and seed, instead of the options of these names.", HelpName = "FILE",
    };

    /// <summary>Makes the command.</summary>
    public static RootCommand Make(SampleActions actions)
    {
        var root = new RootCommand("People's judgements with Label Studio: tasks out, judgements in, their quality, and pairs to train on. Without a command: all of it with simulated people.")
        {
            Seed, Output,
        };
        root.SetAction((result, cancel) => actions.Demo(result.GetValue(Output)!, result.GetValue(Seed), cancel));
        var tasks = new Command("tasks", "Prompts and candidates in, config.xml and tasks.json out, or into a server.") { Items, Form, Seed, Output, Url, Project, Title, Instructions };
        tasks.SetAction((result, cancel) => actions.Tasks(TasksOf(result), cancel));
        tasks.Validators.Add(command => Add(command, TasksProblems(command)));
        var report = new Command("report", "How good the judgements are: on the console and as quality.html.")
        {
            Export, Url, Project, Repository, Config, Choice, Items, Level, Output,
        };
        report.SetAction((result, cancel) => actions.Report(new(SourceOf(result), OutputOf(result)) { Level = result.GetValue(Level) }, cancel));
        report.Validators.Add(command => Add(command, SourceProblems(command)));
        var pairs = new Command(
            "pairs", "Preference pairs with a dataset card and Croissant metadata, and the command that trains on them.")
        {
            Export, Url, Project, Repository, Config, Choice, Items, Rating, Method, Drop, Reason, HeldOut, Seed, Params, Name, Output,
        };
        pairs.SetAction((result, cancel) => actions.Pairs(PairsOf(result), cancel));
        pairs.Validators.Add(command => Add(command, [.. SourceProblems(command), .. PairsProblems(command)]));
        root.Add(tasks);
        root.Add(report);
        root.Add(pairs);
        return root;
    }

    /// <summary>Parses and runs; a mistake in the options gives its message, not the whole help.</summary>
    public static Task<int> InvokeAsync(string[] args, SampleActions actions, TextWriter output, TextWriter errors)
    {
        var result = Make(actions).Parse(args);
        if (result.Action is ParseErrorAction mistake)
            (mistake.ShowHelp, mistake.ShowTypoCorrections) = (false, true);
        return result.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });
    }

    private static TasksOptions TasksOf(ParseResult result) => new()
    {
        Items = result.GetValue(Items),
        Form = result.GetValue(Form),
        Seed = result.GetValue(Seed),
        Instructions = result.GetValue(Instructions),
        Title = result.GetValue(Title)!,
        Server = ServerOf(result),
        Output = result.GetValue(Output)!,
    };

    private static PairsOptions PairsOf(ParseResult result) => new(SourceOf(result), OutputOf(result))
    {
        Params = result.GetValue(Params),
        Ratings = result.GetValue(Rating) ?? [],
        Method = result.GetValue(Method),
        Drop = result.GetValue(Drop) ?? [],
        Reason = result.GetValue(Reason),
        HeldOut = result.GetValue(HeldOut),
        Seed = result.GetValue(Seed),
        Name = result.GetValue(Name)!,
    };

    private static SourceOptions SourceOf(ParseResult result) => new()
    {
        Export = ExportOf(result.CommandResult),
        Server = ServerOf(result),
        Config = result.GetValue(Config),
        Choices = result.GetValue(Choice)!,
        Items = result.GetValue(Items),
    };

    private static string OutputOf(ParseResult result) => FoldersOf(result.CommandResult)?.Output ?? result.GetValue(Output)!;

    private static string? ExportOf(CommandResult command) => FoldersOf(command) is { } folders
        ? Path.Combine(folders.Input, command.GetValue(Export) ?? "export.json")
        : command.GetValue(Export);

    /// <summary>The folders of a Pachyderm job, or null where none is meant.</summary>
    /// <exception cref="ArgumentException">This is no such job.</exception>
    private static PipelineFolders? FoldersOf(CommandResult command) => command.GetValue(Repository) is not { } repository ? null
        : PipelineFolders.Of(
            null, command.GetResult(Output) is { Implicit: false } ? command.GetValue(Output) : null, repository, ProcessVariables.All());

    private static ServerPlace? ServerOf(ParseResult result) => result.GetValue(Url) is { } url ? new(url, result.GetValue(Project)) : null;

    private static void Add(CommandResult command, IEnumerable<string> problems)
    {
        foreach (var problem in problems)
            command.AddError(problem);
    }

    private static IEnumerable<string> TasksProblems(CommandResult command)
    {
        foreach (var option in new[] { Items, Instructions })
        {
            if (command.GetValue(option) is { } path && !File.Exists(path))
                yield return $"{option.Name}: there is no file '{path}'.";
        }

        if (command.GetValue(Project) is not null && command.GetValue(Url) is null)
            yield return "--project is a number on a server; give the server with --url.";
        foreach (var option in new Option[] { Instructions, Title }.Where(option => command.GetResult(option) is { Implicit: false }))
        {
            if (command.GetValue(Url) is null || command.GetValue(Project) is not null)
                yield return $"{option.Name} is for a new project on a server; give --url, and no --project.";
        }
    }

    private static IEnumerable<string> SourceProblems(CommandResult command)
    {
        var url = command.GetValue(Url);
        string? export = null, problem = null;
        try
        {
            export = ExportOf(command);
        }
        catch (ArgumentException mistake)
        {
            problem = "--repository: " + mistake.Message;
        }

        if (problem is not null)
        {
            yield return problem;
            yield break;
        }

        if (export is null == url is null)
            yield return export is null
                ? "Give an export file, or a server with --url and --project."
                : "Give an export file or a server with --url, not both.";
        if (export is not null && !File.Exists(export))
            yield return $"EXPORT: there is no file '{export}'.";
        if (url is not null && command.GetValue(Project) is null)
            yield return "--url: say which project of the server with --project.";
    }

    private static IEnumerable<string> PairsProblems(CommandResult command)
    {
        if (command.GetValue(Drop) is { Length: > 0 } && string.IsNullOrWhiteSpace(command.GetValue(Reason)))
            yield return "--drop: say why with --reason; it goes into the dataset card.";
        if (command.GetValue(Params) is { } path && !File.Exists(path))
            yield return $"--params: there is no file '{path}'.";
        if (command.GetValue(HeldOut) is not (>= 0 and < 1))
            yield return "--held-out: give a share from 0 to below 1.";
    }

    private static Dictionary<string, string> ChoicesOf(ArgumentResult result)
    {
        var choices = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in result.Tokens.Select(token => token.Value))
        {
            // A choice may hold the sign, an object's name may not.
            var cut = text.LastIndexOf('=');
            var (choice, shown) = cut < 0 ? ("", "") : (text[..cut].Trim(), text[(cut + 1)..].Trim());
            if (choice.Length == 0 || shown.Length == 0)
                result.AddError($"--choice: '{text}' is not CHOICE=OBJECT; give for instance --choice \"Model A=answer_a\".");
            else if (!choices.TryAdd(choice, shown))
                result.AddError($"--choice: '{choice}' is given twice.");
        }

        return choices;
    }

    private static Uri? Address(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            return url;
        result.AddError($"--url: '{text}' is not an address; give one such as http://localhost:8080.");
        return null;
    }
}
