namespace PreferenceTuning.Models.Pretrained;

/// <summary>
/// A file of a model folder that cannot be used: what is wrong with it, where, and what to do. Every reader of
/// <c>Models/Pretrained</c> throws this and nothing else for bad content, however hostile the file.
/// </summary>
public sealed class ModelFileException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The file or folder at fault.</param>
    /// <param name="problem">What was found and what was expected, as a sentence.</param>
    /// <param name="remedy">What to do about it, as a sentence.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public ModelFileException(string file, string problem, string remedy, Exception? innerException = null)
        : base($"{file}: {problem} {remedy}", innerException)
    {
        File = file;
        Problem = problem;
        Remedy = remedy;
    }

    /// <summary>The file or folder at fault.</summary>
    public string File { get; }

    /// <summary>What was found and what was expected.</summary>
    public string Problem { get; }

    /// <summary>What to do about it.</summary>
    public string Remedy { get; }
}
