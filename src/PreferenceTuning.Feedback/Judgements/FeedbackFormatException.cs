using System.Globalization;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>
/// A file of judgements, an export or a server's answer does not have the form that it should have. The only exception that the
/// readers of this library throw for what they read; the message names the file and the place in it.
/// </summary>
public sealed class FeedbackFormatException : Exception
{
    /// <summary>Says what is wrong where.</summary>
    /// <param name="problem">What came, what was expected, and the remedy.</param>
    /// <param name="file">The file, or the name that the caller gave to the input.</param>
    /// <param name="line">The line, from 1, or null where the input is not read by lines.</param>
    /// <param name="position">The place inside the line or file (a JSON path, a column, a byte), or null.</param>
    /// <param name="cause">The exception of the parser below, or null.</param>
    public FeedbackFormatException(string problem, string file, long? line = null, string? position = null, Exception? cause = null)
        : base(Describe(problem, file, line, position), cause)
    {
        File = file;
        Line = line;
        Position = position;
    }

    /// <summary>The file, or the name that the caller gave to the input.</summary>
    public string File { get; }

    /// <summary>The line, from 1, or null where the input is not read by lines.</summary>
    public long? Line { get; }

    /// <summary>The place inside the line or file (a JSON path, a column, a byte), or null.</summary>
    public string? Position { get; }

    private static string Describe(string problem, string file, long? line, string? position)
    {
        var where = line is { } number ? string.Create(CultureInfo.InvariantCulture, $"{file}({number})") : file;
        return string.IsNullOrEmpty(position) ? $"{where}: {problem}" : $"{where}, {position}: {problem}";
    }
}
