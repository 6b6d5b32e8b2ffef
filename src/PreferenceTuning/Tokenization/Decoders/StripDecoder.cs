namespace PreferenceTuning.Tokenization;

/// <summary>Takes up to so many of a character from the start and the end of each string.</summary>
internal sealed class StripDecoder(string content, int start, int stop) : IDecoder
{
    public List<string> Decode(List<string> tokens) => tokens.ConvertAll(Strip);

    private string Strip(string token)
    {
        var (from, to) = (0, token.Length);
        for (var i = 0; i < start && string.CompareOrdinal(token, from, content, 0, content.Length) == 0 && from < to; i++)
        {
            from += content.Length;
        }

        for (var i = 0; i < stop && to - content.Length >= from && string.CompareOrdinal(token, to - content.Length, content, 0, content.Length) == 0; i++)
        {
            to -= content.Length;
        }

        return token[from..to];
    }
}
