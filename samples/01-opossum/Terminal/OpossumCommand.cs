using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using Opossum.World;

namespace Opossum.Terminal;

/// <summary>The command line: options of the main job, and <c>preview</c> for a look at the report without a model.</summary>
internal static class OpossumCommand
{
    private static readonly Option<long> Seed = new("--seed") { Description = "Everything random follows from it.", DefaultValueFactory = _ => 1 };

    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = "How often to go from answers to judgements to tuning, each time from the tuned model (with --judgements each time with the same file, since nobody judges new answers).",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<string> Prefer = OneOf("--prefer", "What the simulated annotators prefer.", "meme", "biology");

    private static readonly Option<string> Kl = OneOf(
        "--kl", "What keeps the tuned model near the original; off shows the collapse.", "adaptive", "off");

    private static readonly Option<string> Method = OneOf("--method", "PPO with a reward model, or DPO without one.", "ppo", "dpo");

    // Texts and not FileInfo: the parser would end on an empty one with a stack trace.
    private static readonly Option<string?> Judgements = new("--judgements")
    {
        Description = "A JSON Lines file of judgements, instead of the simulated annotators.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Model = new("--model")
    {
        Description = "A pretrained model (config.json, model.safetensors, tokenizer.json), instead of the one that the sample trains.",
        HelpName = "FOLDER",
    };

    private static readonly Option<string?> Trait = new("--trait")
    {
        Description = "With --model: a word that its texts should contain, for example dog.",
        HelpName = "WORD",
    };

    private static readonly Option<string> Output = new("--output")
    {
        Description = "Where everything is written.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => new RunOptions().Output,
    };

    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on where an interrupted run in the output folder stopped." };

    private static readonly Option<bool> Short = new("--short") { Description = "A small setting that goes through everything quickly; " +
    "its numbers mean little." };

    static OpossumCommand() => Rounds.Validators.Add(result =>
    {
        // What is no number at all is the parser's to refuse.
        if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var rounds) && rounds is < 1 or > 20)
        {
            result.AddError(FormattableString.Invariant($"--rounds is {rounds}; give a number from 1 to 20."));
        }
    });

    /// <summary>Makes the command.</summary>
    /// <param name="run">The main job.</param>
    /// <param name="preview">Writes a report from invented numbers.</param>
    public static RootCommand Make(
        Func<RunOptions, CancellationToken, Task<int>> run, Func<RunOptions, CancellationToken, Task<int>> preview)
    {
        var root = new RootCommand(
            "Tunes a small language model to a preference, from prompts to a report. Without options: 'What is an opossum?', answered " +
            "with memes.")
        {
            Seed, Rounds, Prefer, Kl, Method, Judgements, Model, Trait, Output, Resume, Short,
        };
        root.Validators.Add(Check);
        root.SetAction((result, cancellation) => run(Options(result), cancellation));
        var look = new Command("preview", "Writes a report from invented numbers in a second, to look at its layout.") { Seed, Prefer, Kl, Method, Output };
        look.Validators.Add(Check);
        look.SetAction((result, cancellation) => preview(Options(result), cancellation));
        root.Add(look);
        return root;
    }

    /// <summary>Parses and runs; a mistake in the options gives its message, not the whole help.</summary>
    public static Task<int> InvokeAsync(
        string[] args, Func<RunOptions, CancellationToken, Task<int>> run, Func<RunOptions, CancellationToken, Task<int>> preview)
    {
        var result = Make(run, preview).Parse(args);
        if (result.Action is ParseErrorAction mistake)
        {
            mistake.ShowHelp = false;
            mistake.ShowTypoCorrections = true;
        }

        // An iteration is finished and saved after Ctrl-C; the default of two seconds would cut that off on a slow machine.
        return result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
    }

    private static RunOptions Options(ParseResult result) => new()
    {
        Seed = result.GetValue(Seed),
        Rounds = result.GetValue(Rounds),
        Prefer = result.GetValue(Prefer) == "biology" ? Style.Biology : Style.Meme,
        Kl = result.GetValue(Kl) == "off" ? KlMode.Off : KlMode.Adaptive,
        Method = result.GetValue(Method) == "dpo" ? TuningMethod.Dpo : TuningMethod.Ppo,
        Judgements = result.GetValue(Judgements),
        Model = result.GetValue(Model),
        Trait = result.GetValue(Trait),
        Output = result.GetValue(Output)!,
        Resume = result.GetValue(Resume),
        Short = result.GetValue(Short),
    };

    private static void Check(CommandResult command)
    {
        foreach (var problem in Problems(command))
        {
            command.AddError(problem);
        }
    }

    private static IEnumerable<string> Problems(CommandResult command)
    {
        foreach (var path in new Option[] { Judgements, Model, Output }.Where(path => command.GetResult(path) is { Tokens: [var token] } && string.IsNullOrWhiteSpace(token.Value)))
        {
            yield return $"{path.Name} is empty; give the name of a {path.HelpName!.ToLowerInvariant()}.";
        }

        if (command.GetValue(Judgements) is { } file && !File.Exists(file))
        {
            yield return $"--judgements: there is no file '{file}'.";
        }

        var model = command.GetValue(Model);
        if (model is not null && !File.Exists(Path.Combine(model, "config.json")))
        {
            yield return $"--model: '{model}' is not a model folder; there is no config.json in it.";
        }

        if (command.GetValue(Trait) is not null && model is null)
        {
            yield return "--trait is for a model that was not made here; give its folder with --model, or use --prefer meme|biology.";
        }

        if (command.GetValue(Trait) is { } trait && !TraitJudge.IsWord(trait))
        {
            yield return $"--trait is '{trait}'; give one word that a text can contain, such as dog.";
        }

        if (model is not null && command.GetValue(Trait) is null && command.GetValue(Judgements) is null)
        {
            yield return "--model needs to know what is preferred: give --trait WORD (such as dog), or --judgements FILE.";
        }

        if (command.GetValue(Trait) is not null && command.GetResult(Prefer) is { Implicit: false })
        {
            yield return "--prefer is for the model that is made here, --trait for one that was not. Leave one of the two out.";
        }

        if (command.GetValue(Kl) == "off" && command.GetValue(Method) == "dpo")
        {
            yield return "--kl off is for PPO: DPO has no KL controller, its frozen copy is part of the loss. Leave one of the two out.";
        }

        if (File.Exists(command.GetValue(Output)))
        {
            yield return $"--output: '{command.GetValue(Output)}' is a file; give a folder.";
        }
    }

    private static Option<string> OneOf(string name, string description, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => values[0], HelpName = string.Join('|', values) };
        option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, values);
        return option;
    }
}
