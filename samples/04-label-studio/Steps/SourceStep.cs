using LabelStudioSample.Terminal;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Parquet;

namespace LabelStudioSample.Steps;

/// <summary>What was read, and from what.</summary>
internal sealed record JudgementSource(FeedbackInput Input, FeedbackReading Reading)
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
            return new(export, LabelStudioExport.Read(export, config, ReadOptions(options)));
        }

        var path = options.Export ?? throw new InvalidOperationException("Give an export file, or a server with --url and --project.");
        var input = FeedbackInput.FromFile(path);
        return new(input, Read(path, input, options));
    }

    private static FeedbackReading Read(string path, FeedbackInput input, SourceOptions options)
    {
        if (Path.GetExtension(path) is ".csv" or ".tsv")
            return LabelStudioTable.ReadSeparated(input, Config(options), ReadOptions(options));
        if (ParquetFeedback.IsParquet(input))
            return ParquetFeedback.Read(input);
        if (ArrowFeedback.IsArrow(input))
            return ArrowFeedback.Read(input);
        if (FeedbackFormats.Detect(input) == FeedbackFormat.LabelStudio)
            return LabelStudioExport.Read(input, Config(options), ReadOptions(options));

        // JSON_MIN looks like anything: only whoever names a labelling config can mean it.
        return options.Config is null
            ? FeedbackFormats.Read(input)
            : LabelStudioTable.ReadJsonMin(input, Config(options), ReadOptions(options));
    }

    private static LabelingConfig Config(SourceOptions options)
    {
        var path = options.Config ?? Beside(options, "config.xml");
        return File.Exists(path) ? LabelingConfig.FromFile(path) : throw new FileNotFoundException(
            $"There is no labelling config '{path}'. An export does not hold it: copy it from the project's settings into a file and name it with --config.", path);
    }

    private static LabelStudioReadOptions ReadOptions(SourceOptions options)
    {
        var path = options.Items ?? Beside(options, "items.jsonl");
        return options.Items is null && !File.Exists(path) ? new() : new()
        {
            Items = JudgingItemJsonLines.Read(FeedbackInput.FromFile(path)).ToDictionary(item => item.Id, StringComparer.Ordinal),
        };
    }

    private static string Beside(SourceOptions options, string name) => Path.Combine(Path.GetDirectoryName(options.Export) ?? "", name);
}
