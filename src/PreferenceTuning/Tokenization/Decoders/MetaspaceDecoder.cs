namespace PreferenceTuning.Tokenization;

/// <summary>Marks back to spaces; the mark that was put in front of the text goes.</summary>
internal sealed class MetaspaceDecoder(char mark, PrependScheme scheme) : IDecoder
{
    public List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        for (var i = 0; i < tokens.Count; i++)
        {
            var dropsMark = i == 0 && scheme != PrependScheme.Never && tokens[i].StartsWith(mark);
            output.Add((dropsMark ? tokens[i][1..] : tokens[i]).Replace(mark, ' '));
        }

        return output;
    }
}
