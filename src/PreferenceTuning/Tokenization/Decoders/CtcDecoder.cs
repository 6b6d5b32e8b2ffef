namespace PreferenceTuning.Tokenization;

/// <summary>Connectionist temporal classification: repeated tokens count once, padding goes, the word delimiter is a space.</summary>
internal sealed class CtcDecoder(string padToken, string wordDelimiter, bool cleanup) : IDecoder
{
    public List<string> Decode(List<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        string? previous = null;
        foreach (var token in tokens)
        {
            if (token != previous)
            {
                var text = token.Replace(padToken, "", StringComparison.Ordinal);
                text = cleanup ? TextCleanUp.InDecoder(text).Replace(wordDelimiter, " ", StringComparison.Ordinal) : text;
                if (text.Length > 0)
                {
                    output.Add(text);
                }
            }

            previous = token;
        }

        return output;
    }
}
