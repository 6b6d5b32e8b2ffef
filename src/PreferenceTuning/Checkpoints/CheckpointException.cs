namespace PreferenceTuning.Checkpoints;

/// <summary>
/// A checkpoint that could not be written or cannot be trusted. The message names the folder or file, what is wrong and the remedy.
/// </summary>
public sealed class CheckpointException : Exception
{
    /// <summary>An error without details.</summary>
    public CheckpointException()
        : this("The checkpoint cannot be used.")
    {
    }

    /// <summary>An error.</summary>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>An error and its cause.</summary>
    public CheckpointException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
