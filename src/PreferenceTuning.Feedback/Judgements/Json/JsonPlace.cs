using System.Text.Json;

namespace PreferenceTuning.Feedback.Judgements.Json;

/// <summary>Where a JSON value was read, for messages and for <see cref="SourceReference"/>.</summary>
internal sealed record JsonPlace(string File, long? Line)
{
    public FeedbackFormatException Error(string problem, string? position = null, Exception? cause = null) =>
        new(problem, File, Line, string.IsNullOrEmpty(position) && Line is null ? "$" : position, cause);

    /// <summary>
    /// Runs a reader over JSON and turns what System.Text.Json throws late (a lone surrogate inside a text is only met when the text is
    /// asked for) into this library's exception.
    /// </summary>
    public T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Error("The JSON holds a text or number that cannot be read: " + exception.Message, cause: exception);
        }
    }
}
