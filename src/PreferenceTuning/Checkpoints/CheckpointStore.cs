using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PreferenceTuning.Data;

namespace PreferenceTuning.Checkpoints;

/// <summary>
/// The checkpoints of one run, in one folder. A checkpoint is there whole or not at all, whenever the process or the machine stops: it
/// is written beside its place, every file is flushed to the disk, <c>manifest.json</c> with lengths and SHA-256 comes last, and a rename
/// makes it valid. One process writes a folder at a time; others may read.
/// (On Windows the rename itself may be lost with the power: then the checkpoint before it is the newest.)
/// </summary>
public sealed class CheckpointStore
{
    private const string Pointer = "latest";
    private readonly string _root;
    private readonly CheckpointStoreOptions _options;
    private readonly ILogger _logger;

    /// <summary>Opens a folder; it is made by the first save.</summary>
    /// <param name="folder">Where the checkpoints lie.</param>
    /// <param name="options">How many are kept; the defaults when null.</param>
    /// <param name="logger">Hears of checkpoints that were rejected or could not be deleted.</param>
    public CheckpointStore(string folder, CheckpointStoreOptions? options = null, ILogger? logger = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _root = Path.GetFullPath(folder);
        _options = options ?? new CheckpointStoreOptions();
        _options.Validate();
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>
    /// Saves a checkpoint; when this returns, it survives a power cut. Then older ones beyond <see cref="CheckpointStoreOptions.KeepLast"/>
    /// are deleted, and what an interrupted save left behind.
    /// </summary>
    /// <param name="step">The step after which it is taken, at least 0. A step that was saved before is superseded.</param>
    /// <param name="optionsHash">What <see cref="OptionsHash"/> gives for the run's options.</param>
    /// <param name="state">
    /// Everything small that a resume needs: counters, controller, sampler, generators. Numbers are kept exactly.
    /// </param>
    /// <param name="writeFiles">
    /// Writes any files and folders (safetensors, JSON) below the folder whose path it is given. The name <c>manifest.json</c> is taken.
    /// </param>
    /// <exception cref="CheckpointException">
    /// It could not be written, for example because the disk is full, or the folder holds a sound checkpoint of a later step, which a
    /// resume would prefer. The checkpoints that were there are as they were.
    /// </exception>
    public Checkpoint Save(long step, string optionsHash, JsonObject state, Action<string> writeFiles)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentNullException.ThrowIfNull(optionsHash);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(writeFiles);
        // First, so that a state which is not JSON (a NaN) fails before anything is written.
        var stateElement = JsonSerializer.SerializeToElement(state);
        try
        {
            DurableFile.CreateFolder(_root);
            RefuseAnEarlierStep(step);
            Sweep();
            var folder = CheckpointFolder.ForStep(_root, step);
            var checkpoint = Write(folder, step, optionsHash, stateElement, writeFiles);
            DurableFile.Replace(
                Path.Combine(_root, Pointer), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(folder) + "\n")));
            DeleteOld(step);
            return checkpoint;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var kept = CheckpointFolder.In(_root);
            throw new CheckpointException(
                $"The checkpoint of step {step} could not be written to '{_root}': {e.Message.Replace(DurableFile.Remedy, "", StringComparison.Ordinal)} "
                + (kept.Count == 0
                    ? "There is no earlier one."
                    : $"{kept.Count} earlier one(s) are kept, the newest of step {kept[0].Step}.")
                + DurableFile.Remedy,
                e);
        }
    }

    /// <summary>Finds the newest checkpoint whose every byte is as it was written. Reads only.</summary>
    /// <returns>That checkpoint, and the newer ones that had to be passed over with the reasons (they are logged as well).</returns>
    /// <exception cref="CheckpointException">
    /// There are checkpoints and none of them verifies: starting anew must be the user's decision.
    /// </exception>
    public CheckpointSearch FindNewest()
    {
        var rejected = new List<RejectedCheckpoint>();
        foreach (var folder in CheckpointFolder.In(_root))
        {
            try
            {
                return new CheckpointSearch(folder.Verify(), rejected);
            }
            catch (Exception e) when (e is CheckpointException or IOException or UnauthorizedAccessException)
            {
                rejected.Add(new RejectedCheckpoint(folder.Path, e.Message));
                _logger.LogWarning("The checkpoint {Folder} is not used: {Reason} Looking for an older one.", folder.Path, e.Message);
            }
        }

        return rejected.Count == 0
            ? new CheckpointSearch(null, rejected)
            : throw new CheckpointException(
                $"None of the {rejected.Count} checkpoint(s) in '{_root}' can be used: "
                + string.Join(" ", rejected.Select(r => $"{Path.GetFileName(r.Folder)}: {r.Reason}"))
                + " Move them away to start anew.");
    }

    private static Checkpoint Write(string folder, long step, string optionsHash, JsonElement state, Action<string> writeFiles)
    {
        var temporary = CheckpointFolder.TemporaryFor(folder);
        try
        {
            Directory.CreateDirectory(temporary);
            writeFiles(temporary);
            var manifest = Path.Combine(temporary, Manifest.FileName);
            if (File.Exists(manifest) || Directory.Exists(manifest))
            {
                throw new ArgumentException(
                    $"'writeFiles' wrote '{Manifest.FileName}', the name of the checkpoint's own list of files. Choose another name.",
                    nameof(writeFiles));
            }

            FlushAll(temporary);
            var files = CheckpointFolder.Describe(temporary);
            DurableFile.Replace(manifest, stream => stream.Write(Manifest.Write(step, optionsHash, state, files)));
            Directory.Move(temporary, folder);
            DurableFile.FlushFolder(Path.GetDirectoryName(folder)!);
            return new Checkpoint(folder, step, optionsHash, state, files);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Everything a writer wrote, by whatever means, is on the disk before the manifest vouches for it.</summary>
    private static void FlushAll(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            DurableFile.Flush(path);
        }

        foreach (var path in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).Append(folder))
        {
            DurableFile.FlushFolder(path);
        }
    }

    private void Sweep()
    {
        foreach (var path in CheckpointFolder.Temporaries(_root).ToList())
        {
            Delete(path);
        }
    }

    /// <summary>
    /// A sound checkpoint of a later step is another run's work: neither may it be deleted, nor be what this run resumes from. One that
    /// does not verify is what this run fell back from; it goes when the new checkpoint is safe.
    /// </summary>
    private void RefuseAnEarlierStep(long step)
    {
        foreach (var later in CheckpointFolder.In(_root).TakeWhile(folder => folder.Step > step))
        {
            try
            {
                later.Verify();
            }
            catch (CheckpointException)
            {
                continue;
            }

            throw new CheckpointException(
                $"'{_root}' already holds a checkpoint of step {later.Step}, later than step {step}. Resume from it, or save to another folder.");
        }
    }

    private void DeleteOld(long step)
    {
        var folders = CheckpointFolder.In(_root);
        var kept = folders.Where(folder => folder.Step <= step).DistinctBy(folder => folder.Step).Take(_options.KeepLast).ToHashSet();
        foreach (var folder in folders.Where(folder => !kept.Contains(folder)))
        {
            // Renamed first: a deletion that is interrupted leaves a temporary, not a torn checkpoint.
            var temporary = CheckpointFolder.TemporaryFor(folder.Path);
            Directory.Move(folder.Path, temporary);
            Delete(temporary);
        }
    }

    private void Delete(string path)
    {
        if (TryDelete(path) is { } problem)
        {
            _logger.LogWarning("'{Path}' is no longer needed and could not be deleted: {Reason}", path, problem.Message);
        }
    }

    private static Exception? TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }
}
