namespace PreferenceTuning.Tokenization;

/// <summary>
/// Decodes ids as they come. Text is shown when no later id can change it: half a character waits for its other half.
/// Not for use from several threads.
/// </summary>
public sealed class StreamingDecoder
{
    private const char Replacement = '\uFFFD';

    private readonly TokenizerPipeline _pipeline;
    private readonly bool _skipSpecialTokens;

    // Decoding a token may depend on the one before it (a space at the start goes), so the window keeps the ids of the last
    // piece that was shown in front of those that are not shown yet.
    private readonly List<int> _window = [];
    private int _shownIds;
    private string _shown = "";

    internal StreamingDecoder(TokenizerPipeline pipeline, bool skipSpecialTokens)
    {
        _pipeline = pipeline;
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>Takes an id and returns the text to show now, empty while a character is incomplete.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Push(int id)
    {
        _window.Add(id);
        string text;
        try
        {
            text = _pipeline.Decode(_window, _skipSpecialTokens);
        }
        catch
        {
            _window.RemoveAt(_window.Count - 1);
            throw;
        }

        if (text.Length <= _shown.Length || text[^1] == Replacement)
        {
            return "";
        }

        var fresh = text[_shown.Length..];
        _window.RemoveRange(0, _shownIds);
        _shownIds = _window.Count;
        _shown = _pipeline.Decode(_window, _skipSpecialTokens);
        return fresh;
    }

    /// <summary>Returns the text that was held back (U+FFFD for bytes that never became a character) and starts anew.</summary>
    public string Flush()
    {
        var text = _pipeline.Decode(_window, _skipSpecialTokens);
        var rest = text.Length > _shown.Length ? text[_shown.Length..] : "";
        _window.Clear();
        _shownIds = 0;
        _shown = "";
        return rest;
    }
}
