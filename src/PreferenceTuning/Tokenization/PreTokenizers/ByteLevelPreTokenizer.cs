using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>Cuts by the GPT-2 pattern (or not) and writes the UTF-8 bytes of every piece as letters.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : IPreTokenizer
{
    /// <summary>The pattern of the GPT-2 encoder (Radford et al. 2019).</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly Lazy<SplitPreTokenizer> Words =
        new(() => new SplitPreTokenizer(TextPattern.OfRegex(Pattern), DelimiterBehavior.Isolated, invert: false));

    public List<Piece> Split(List<Piece> pieces)
    {
        var prefixed = addPrefixSpace ? pieces.ConvertAll(AddSpace) : pieces;
        return ToLetters(useRegex ? Words.Value.Split(prefixed) : prefixed);
    }

    private static Piece AddSpace(Piece piece) =>
        piece.Length == 0 || piece.Span[0] == ' ' ? piece : Piece.Whole(piece.ToText().Prepend(" "));

    // Pieces of one stretch are neighbours, so a stretch is written once and its pieces become ranges of the result.
    private static List<Piece> ToLetters(List<Piece> pieces)
    {
        var output = new List<Piece>(pieces.Count);
        AlignedText? source = null, letters = null;
        int[]? positions = null;
        foreach (var piece in pieces)
        {
            if (!ReferenceEquals(piece.Source, source))
            {
                source = piece.Source;
                (letters, positions) = ToLetters(source);
            }

            output.Add(positions is null
                ? new Piece(letters!, piece.Start, piece.End)
                : new Piece(letters!, positions[piece.Start], positions[piece.End]));
        }

        return output;
    }

    /// <summary>The letters of a stretch, and for each unit where its letters begin (null: one letter for each unit).</summary>
    private static (AlignedText Letters, int[]? Positions) ToLetters(AlignedText source)
    {
        var text = source.Text;
        var letters = ByteLetters.Encode(text);
        if (letters.Length == text.Length)
        {
            return (source.WithText(letters), null);
        }

        var positions = new int[text.Length + 1];
        var starts = new int[letters.Length];
        var ends = new int[letters.Length];
        var (unit, letter) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            var next = unit + rune.Utf16SequenceLength;
            var span = source.Span(unit, next);
            positions.AsSpan(unit, next - unit).Fill(letter);
            starts.AsSpan(letter, rune.Utf8SequenceLength).Fill(span.Start);
            ends.AsSpan(letter, rune.Utf8SequenceLength).Fill(span.End);
            unit = next;
            letter += rune.Utf8SequenceLength;
        }

        positions[unit] = letter;
        return (new AlignedText(letters, source.Origin, starts, ends), positions);
    }
}
