using System.Text.Json;

namespace PreferenceTuning.Checkpoints;

/// <summary>A file of a checkpoint, as its manifest lists it.</summary>
/// <param name="Name">Its path inside the checkpoint's folder, with forward slashes.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Sha256">The SHA-256 of its content, 64 lower-case hexadecimal digits.</param>
public sealed record CheckpointFile(string Name, long Length, string Sha256);

/// <summary>A checkpoint that was written whole: its manifest holds, and so does every file.</summary>
/// <param name="Folder">Where it lies.</param>
/// <param name="Step">The step after which it was taken.</param>
/// <param name="OptionsHash">What <see cref="Checkpoints.OptionsHash"/> gave for the options of the run.</param>
/// <param name="State">What the caller saved beside the files: counters, controller, sampler, generators.</param>
/// <param name="Files">Its files, by name.</param>
public sealed record Checkpoint(string Folder, long Step, string OptionsHash, JsonElement State, IReadOnlyList<CheckpointFile> Files)
{
    /// <summary>The full path of one of the files.</summary>
    /// <param name="name">A name out of <see cref="Files"/>.</param>
    /// <exception cref="CheckpointException">The checkpoint has no file of that name.</exception>
    public string PathOf(string name) => Files.Any(file => file.Name == name)
        ? Path.Combine(Folder, name)
        : throw new CheckpointException(
            $"The checkpoint '{Folder}' has no file '{name}'; it has {string.Join(", ", Files.Select(file => $"'{file.Name}'"))}.");

    /// <summary>Makes sure that a run goes on with the options that it was started with.</summary>
    /// <param name="optionsHash">The hash of the options of the run that wants to resume.</param>
    /// <exception cref="CheckpointException">The checkpoint was saved under other options.</exception>
    public void RequireOptions(string optionsHash)
    {
        if (optionsHash != OptionsHash)
        {
            throw new CheckpointException(
                $"The checkpoint '{Folder}' was saved under other options (hash {OptionsHash}, now {optionsHash}), so the result would " +
                "be neither run's. "
                + "Resume with the options of the first run, or start in another folder.");
        }
    }
}

/// <summary>A folder that looks like a checkpoint and cannot be trusted.</summary>
/// <param name="Folder">Where it lies.</param>
/// <param name="Reason">What is wrong with it, and with which file.</param>
public sealed record RejectedCheckpoint(string Folder, string Reason);

/// <summary>What a search for the newest checkpoint found.</summary>
/// <param name="Newest">The newest one that verifies, or null where nothing was ever saved.</param>
/// <param name="Rejected">Newer ones that do not verify, newest first: work that was lost, which the user should hear about.</param>
public sealed record CheckpointSearch(Checkpoint? Newest, IReadOnlyList<RejectedCheckpoint> Rejected);
