namespace PreferenceTuning.Data;

/// <summary>A data file that cannot be read. The message names the file, the line, what came and what was expected.</summary>
public sealed class DataFormatException : Exception
{
    /// <summary>An error without a place.</summary>
    public DataFormatException()
        : this("The data file cannot be read.")
    {
    }

    /// <summary>An error without a place.</summary>
    public DataFormatException(string message)
        : base(message) => File = "";

    /// <summary>An error without a place, and its cause.</summary>
    public DataFormatException(string message, Exception innerException)
        : base(message, innerException) => File = "";

    /// <summary>An error at a line of a file.</summary>
    /// <param name="file">The file, as the caller named it.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="message">What came and what was expected.</param>
    /// <param name="innerException">The parser's exception, if there is one.</param>
    public DataFormatException(string file, long line, string message, Exception? innerException = null)
        : base($"{file}({line}): {message}", innerException) => (File, Line) = (file, line);

    /// <summary>The file, as the caller named it; empty when the error has no place.</summary>
    public string File { get; }

    /// <summary>The line, from 1; 0 when the error has no place.</summary>
    public long Line { get; }
}
