using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// Runs of word characters and runs of everything else but white space (<c>\w+|[^\w\s]+</c>; named "Whitespace" in tokenizer.json).
/// </summary>
internal sealed class WordPreTokenizer : IPreTokenizer
{
    private enum Kind
    {
        Space,
        Word,
        Other,
    }

    public List<Piece> Split(List<Piece> pieces)
    {
        var output = new List<Piece>(pieces.Count * 2);
        foreach (var piece in pieces)
        {
            Split(piece, output);
        }

        return output;
    }

    private static void Split(Piece piece, List<Piece> output)
    {
        var (at, start, previous) = (0, 0, Kind.Space);
        foreach (var rune in piece.Span.EnumerateRunes())
        {
            var kind = Utf16.IsWord(rune) ? Kind.Word : Utf16.IsWhiteSpace(rune) ? Kind.Space : Kind.Other;
            if (kind != previous)
            {
                Add(piece, start, at, previous, output);
                (start, previous) = (at, kind);
            }

            at += rune.Utf16SequenceLength;
        }

        Add(piece, start, at, previous, output);
    }

    private static void Add(Piece piece, int start, int end, Kind kind, List<Piece> output)
    {
        if (kind != Kind.Space && start < end)
        {
            output.Add(new Piece(piece.Source, piece.Start + start, piece.Start + end));
        }
    }
}
