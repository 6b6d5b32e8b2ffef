namespace PreferenceTuning.Tokenization;

/// <summary>Cuts at the matches of a pattern.</summary>
internal sealed class SplitPreTokenizer(TextPattern pattern, DelimiterBehavior behavior, bool invert) : IPreTokenizer
{
    public List<Piece> Split(List<Piece> pieces)
    {
        var output = new List<Piece>(pieces.Count * 2);
        var matches = new List<(int Start, int End)>();
        foreach (var piece in pieces)
        {
            matches.Clear();
            pattern.FindMatches(piece.Span, matches);
            Delimiters.Cut(piece, matches, behavior, invert, output);
        }

        return output;
    }
}
