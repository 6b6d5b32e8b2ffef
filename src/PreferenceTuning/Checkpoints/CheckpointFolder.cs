using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace PreferenceTuning.Checkpoints;

/// <summary>The name of a checkpoint's folder: <c>step-N</c>, or <c>step-N.R</c> when step N was saved again (R = 2, 3, ...).</summary>
internal sealed partial record CheckpointFolder(string Path, long Step, int Revision)
{
    /// <summary>The checkpoints in a folder, newest first; temporaries and everything else left out.</summary>
    public static IReadOnlyList<CheckpointFolder> In(string root) => Directory.Exists(root)
        ? [.. Directory.GetDirectories(root).Select(FromPath).OfType<CheckpointFolder>().OrderByDescending(f => f.Step).ThenByDescending(f => f.Revision)]
        : [];

    /// <summary>What an interrupted save, deletion or pointer left behind.</summary>
    public static IEnumerable<string> Temporaries(string root) => Directory.Exists(root)
        ? Directory.EnumerateFileSystemEntries(root).Where(path => TemporaryName().IsMatch(System.IO.Path.GetFileName(path)))
        : [];

    /// <summary>A name in the same folder that the next sweep removes.</summary>
    public static string TemporaryFor(string path) => $"{path}.tmp-{Guid.NewGuid():N}";

    /// <summary>The folder that a save of this step becomes: one that is not there yet.</summary>
    public static string ForStep(string root, long step)
    {
        var newest = In(root).FirstOrDefault(folder => folder.Step == step);
        var suffix = newest is null ? "" : string.Create(CultureInfo.InvariantCulture, $".{newest.Revision + 1}");
        return System.IO.Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"step-{step}{suffix}"));
    }

    /// <summary>All files below a folder with length and hash, by name.</summary>
    public static IReadOnlyList<CheckpointFile> Describe(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => new CheckpointFile(
                System.IO.Path.GetRelativePath(folder, path).Replace('\\', '/'), new FileInfo(path).Length, Hash(path)))
            .OrderBy(file => file.Name, StringComparer.Ordinal),
    ];

    /// <summary>Reads a checkpoint and checks every file against its manifest.</summary>
    /// <exception cref="CheckpointException">Something is missing or differs.</exception>
    public Checkpoint Verify()
    {
        var checkpoint = Manifest.Load(Path);
        if (checkpoint.Step != Step)
        {
            throw new CheckpointException($"its manifest is of step {checkpoint.Step}; was the folder renamed?");
        }

        foreach (var file in checkpoint.Files)
        {
            var path = System.IO.Path.Combine(Path, file.Name);
            if (!File.Exists(path))
            {
                throw new CheckpointException($"'{file.Name}' is missing.");
            }

            var length = new FileInfo(path).Length;
            if (length != file.Length)
            {
                throw new CheckpointException($"'{file.Name}' has {length} bytes; {file.Length} were written.");
            }

            if (Hash(path) != file.Sha256)
            {
                throw new CheckpointException($"'{file.Name}' was changed after it was written (its SHA-256 differs).");
            }
        }

        return checkpoint;
    }

    private static string Hash(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static CheckpointFolder? FromPath(string path)
    {
        var match = Name().Match(System.IO.Path.GetFileName(path));
        var revision = 1;
        return match.Success
            && long.TryParse(match.Groups["step"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            && (!match.Groups["revision"].Success || int.TryParse(match.Groups["revision"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out revision))
            ? new CheckpointFolder(path, step, revision)
            : null;
    }

    [GeneratedRegex(@"^step-(?<step>\d+)(?:\.(?<revision>\d+))?\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^(?:step-.+|latest)\.tmp-[0-9a-f]{32}\z")]
    private static partial Regex TemporaryName();
}
