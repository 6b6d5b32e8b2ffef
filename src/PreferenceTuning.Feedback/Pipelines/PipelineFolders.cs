namespace PreferenceTuning.Feedback.Pipelines;

/// <summary>
/// Where a step of a pipeline reads and writes: by argument, or inside a Pachyderm job by its conventions (<c>/pfs/REPOSITORY</c> in,
/// <c>/pfs/out</c> out). There is no state outside them.
/// </summary>
/// <param name="Input">The folder to read; never written to.</param>
/// <param name="Output">The folder to write.</param>
public sealed record PipelineFolders(string Input, string Output)
{
    private const string Root = "/pfs";

    /// <summary>The folders of a step.</summary>
    /// <param name="input">The input folder, or null to use Pachyderm's.</param>
    /// <param name="output">The output folder, or null to use Pachyderm's.</param>
    /// <param name="repository">The name of the input in the pipeline's specification.</param>
    /// <param name="environment">The environment's variables.</param>
    /// <exception cref="ArgumentException">A folder is missing and this is no Pachyderm job, or the output lies in the input.</exception>
    public static PipelineFolders Of(string? input, string? output, string repository, IReadOnlyDictionary<string, string> environment)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(repository);
        if ((input is null || output is null) && !environment.ContainsKey("PACH_JOB_ID"))
            throw new ArgumentException($"No {(input is null ? "input" : "output")} folder was given, and PACH_JOB_ID is not set: this is no Pachyderm job. Give both folders.", input is null ? nameof(input) : nameof(output));
        var folders = new PipelineFolders(Path.GetFullPath(input ?? $"{Root}/{repository}"), Path.GetFullPath(output ?? $"{Root}/out"));
        return Inside(folders.Output, folders.Input)
            ? throw new ArgumentException(
                $"The output folder '{folders.Output}' lies in the input folder '{folders.Input}'; inputs are only read.", nameof(output))
            : folders;
    }

    private static bool Inside(string path, string folder) =>
        (Path.TrimEndingDirectorySeparator(path) + Path.DirectorySeparatorChar).StartsWith(
            Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
