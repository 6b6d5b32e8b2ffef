namespace PreferenceTuning.Tokenization;

/// <summary>Keeps the white space at the ends of a token out of its offsets, where that is asked for.</summary>
internal sealed class ByteLevelPostProcessor(bool trimOffsets, bool addPrefixSpace) : IPostProcessor
{
    public List<List<EncodedToken>> Process(List<List<EncodedToken>> parts, bool addSpecialTokens) =>
        trimOffsets ? parts.ConvertAll(part => Trim(part, addPrefixSpace)) : parts;

    public int AddedCount(bool isPair) => 0;

    internal static List<EncodedToken> Trim(List<EncodedToken> tokens, bool addPrefixSpace)
    {
        var trimmed = new List<EncodedToken>(tokens.Count);
        for (var i = 0; i < tokens.Count; i++)
        {
            trimmed.Add(Trim(tokens[i], addPrefixSpace && (i == 0 || tokens[i].Start == 0)));
        }

        return trimmed;
    }

    // One space at the start of a text may be one that the pre-tokenizer added, which has no place in the text to be trimmed.
    private static EncodedToken Trim(EncodedToken token, bool mayHaveAddedSpace)
    {
        var leading = token.Text.TakeWhile(IsSpace).Count();
        var trailing = token.Text.Reverse().TakeWhile(IsSpace).Count();
        var (start, end) = (token.Start, token.End);
        if (leading > 1 || (leading == 1 && !mayHaveAddedSpace))
        {
            start = Math.Min(start + leading, end);
        }

        if (trailing > 0 && end >= trailing)
        {
            end = Math.Max(end - trailing, start);
        }

        return token with { Start = start, End = end };
    }

    private static bool IsSpace(char letter) => letter == ByteLetters.LetterOf((byte)' ') || char.IsWhiteSpace(letter);
}
