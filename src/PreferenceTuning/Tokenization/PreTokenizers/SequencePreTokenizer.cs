namespace PreferenceTuning.Tokenization;

/// <summary>Several pre-tokenizers, one after another.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> parts) : IPreTokenizer
{
    public List<Piece> Split(List<Piece> pieces) => parts.Aggregate(pieces, (current, part) => part.Split(current));
}
