namespace PreferenceTuning.Tokenization;

/// <summary>When <see cref="MetaspacePreTokenizer"/> puts its mark in front.</summary>
internal enum PrependScheme
{
    /// <summary>On every piece.</summary>
    Always,

    /// <summary>On the piece that starts at position 0 of the text.</summary>
    First,

    /// <summary>On none.</summary>
    Never,
}

/// <summary>Writes spaces as a mark (U+2581), puts one in front, and cuts before each mark.</summary>
internal sealed class MetaspacePreTokenizer(char mark, PrependScheme scheme, bool split) : IPreTokenizer
{
    private readonly TextPattern _mark = TextPattern.OfLiteral(mark.ToString());

    public List<Piece> Split(List<Piece> pieces)
    {
        var output = new List<Piece>(pieces.Count * 2);
        var matches = new List<(int Start, int End)>();
        foreach (var piece in pieces)
        {
            var marked = Piece.Whole(Mark(piece.ToText()));
            if (!split)
            {
                output.Add(marked);
                continue;
            }

            matches.Clear();
            _mark.FindMatches(marked.Span, matches);
            Delimiters.Cut(marked, matches, DelimiterBehavior.MergedWithNext, invert: false, output);
        }

        return output;
    }

    private AlignedText Mark(AlignedText text)
    {
        var marked = text.WithText(text.Text.Replace(' ', mark));
        var wanted = scheme == PrependScheme.Always || (scheme == PrependScheme.First && marked.Origin == 0);
        return wanted && !marked.Text.StartsWith(mark) ? marked.Prepend(mark.ToString()) : marked;
    }
}
