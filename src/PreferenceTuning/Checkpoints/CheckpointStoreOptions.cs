namespace PreferenceTuning.Checkpoints;

/// <summary>How many checkpoints a run keeps.</summary>
public sealed record CheckpointStoreOptions
{
    /// <summary>
    /// How many checkpoints stay, in steps; older ones are deleted after a newer one is safe. Default 3: the newest, one to fall
    /// back on when its disk block rots, and one more. At least 1.
    /// </summary>
    public int KeepLast { get; init; } = 3;

    internal void Validate()
    {
        if (KeepLast < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(KeepLast), KeepLast, "'KeepLast' must be at least 1.");
        }
    }
}
