namespace PreferenceTuning.Tokenization;

/// <summary>Marks back to spaces; those of the first token go, one of them having been put there.</summary>
internal sealed class MetaspaceDecoder(char mark, PrependScheme scheme) : IDecoder
{
    public List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        for (var i = 0; i < tokens.Count; i++)
        {
            var dropsMarks = i == 0 && scheme != PrependScheme.Never;
            output.Add(tokens[i].Replace(mark.ToString(), dropsMarks ? "" : " ", StringComparison.Ordinal));
        }

        return output;
    }
}
