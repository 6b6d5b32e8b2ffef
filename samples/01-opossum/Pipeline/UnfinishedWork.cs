using System.Text.Json.Nodes;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Optimization;

namespace Opossum.Pipeline;

/// <summary>The checkpoints of one phase, and the options that they belong to.</summary>
internal sealed class UnfinishedWork(string folder, string optionsHash)
{
    private readonly CheckpointStore _store = new(folder);

    /// <summary>Where the phase was left, or null where it was not begun.</summary>
    /// <exception cref="CheckpointException">It was begun with other options, or no checkpoint can be read.</exception>
    public Checkpoint? Newest()
    {
        var found = _store.FindNewest().Newest;
        found?.RequireOptions(optionsHash);
        return found;
    }

    public void Save(long step, AdamW optimizer, JsonObject state) => TrainingState.Save(_store, step, optionsHash, optimizer, state);

    /// <summary>For a phase whose result is kept elsewhere.</summary>
    public void Delete()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
