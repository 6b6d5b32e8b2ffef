using System.Text;
using LabelStudioSample.Terminal;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Parquet;

namespace LabelStudioSample.Steps;

/// <summary>What was read, and from what.</summary>
/// <param name="Input">The judgements.</param>
/// <param name="Reading">What was read.</param>
/// <param name="LabelStudio">Whether they come from Label Studio.</param>
/// <param name="Beside">The files that say what the judgements mean: the labelling config and the items.</param>
/// <param name="Hint">What the user should say for the judgements to be read as they are meant, or null.</param>
internal sealed record JudgementSource(
    FeedbackInput Input, FeedbackReading Reading, bool LabelStudio, IReadOnlyList<FeedbackInput> Beside, string? Hint = null)
{
    public IReadOnlyList<Judgement> Judgements => Reading.Judgements;
}

/// <summary>Reads judgements from an export, from any other layout that the library knows, or from a server.</summary>
internal static class SourceStep
{
    public static async Task<JudgementSource> ReadAsync(SourceOptions options, CancellationToken cancel)
    {
        if (options.Server is { Project: { } project } server)
        {
            using var client = ServerToken.Connect(server);
            var config = (await client.GetProjectAsync(project, cancel).ConfigureAwait(false)).Config();
            var export = await client.ExportAsync(project, cancel).ConfigureAwait(false);
            return new(
                export, LabelStudioExport.Read(export, config, ReadOptions(options)), true,
                [new("config.xml", Encoding.UTF8.GetBytes(config.Xml)), .. Items(options)], Hint(config, options));
        }

        var path = options.Export ?? throw new InvalidOperationException("Give an export file, or a server with --url and --project.");
        var input = FeedbackInput.FromFile(path);
        return Read(path, input, options) is { } reading
            ? new(input, reading, true, [FeedbackInput.FromFile(ConfigPath(options)), .. Items(options)], Hint(Config(options), options))
            : options.Choices.Count == 0 ? new(input, ReadOther(input), false, [])
            : throw new ArgumentException($"--choice says what the choices of a labelling config mean, but {input.Name} is no export of Label Studio (JSON_MIN is taken for one with --config).");
    }

    // Null for a file that is not Label Studio's.
    private static FeedbackReading? Read(string path, FeedbackInput input, SourceOptions options)
    {
        if (Path.GetExtension(path) is ".csv" or ".tsv")
            return LabelStudioTable.ReadSeparated(input, Config(options), ReadOptions(options));
        if (ParquetFeedback.IsParquet(input) || ArrowFeedback.IsArrow(input))
            return null;
        if (FeedbackFormats.Detect(input) == FeedbackFormat.LabelStudio)
            return LabelStudioExport.Read(input, Config(options), ReadOptions(options));

        // JSON_MIN looks like anything: only whoever names a labelling config can mean it.
        return options.Config is null ? null : LabelStudioTable.ReadJsonMin(input, Config(options), ReadOptions(options));
    }

    private static FeedbackReading ReadOther(FeedbackInput input) => ParquetFeedback.IsParquet(input) ? ParquetFeedback.Read(input)
        : ArrowFeedback.IsArrow(input) ? ArrowFeedback.Read(input)
        : FeedbackFormats.Read(input);

    private static LabelingConfig Config(SourceOptions options)
    {
        var path = ConfigPath(options);
        return File.Exists(path) ? LabelingConfig.FromFile(path) : throw new FileNotFoundException(
            $"There is no labelling config '{path}'. An export does not hold it: copy it from the project's settings into a file and name it with --config.", path);
    }

    private static LabelStudioReadOptions ReadOptions(SourceOptions options)
    {
        string[] ties = [.. options.Choices.Where(choice => choice.Value == SourceOptions.Tie).Select(choice => choice.Key)];
        var read = new LabelStudioReadOptions
        {
            ChoiceObjects = options.Choices.Where(choice => choice.Value != SourceOptions.Tie).ToDictionary(StringComparer.Ordinal),
        };
        read = read with { TieChoices = [.. read.TieChoices, .. ties] };
        return Items(options) is [var items]
            ? read with { Items = JudgingItemJsonLines.Read(items).ToDictionary(item => item.Id, StringComparer.Ordinal) }
            : read;
    }

    private static string? Hint(LabelingConfig config, SourceOptions options) =>
        UnnamedComparison.Find(config, ReadOptions(options)) is not { } found ? null
        : $"If the choices of '{found.Control.Name}' are a comparison, say what each prefers: "
            + string.Join(' ', found.Guess.Select(guess => $"--choice \"{guess.Choice}={guess.Object}\"")) + " (this is a guess from their names).";

    private static FeedbackInput[] Items(SourceOptions options)
    {
        var path = options.Items ?? Beside(options, "items.jsonl");
        return options.Items is null && !File.Exists(path) ? [] : [FeedbackInput.FromFile(path)];
    }

    private static string ConfigPath(SourceOptions options) => options.Config ?? Beside(options, "config.xml");

    private static string Beside(SourceOptions options, string name) => Path.Combine(Path.GetDirectoryName(options.Export) ?? "", name);
}
