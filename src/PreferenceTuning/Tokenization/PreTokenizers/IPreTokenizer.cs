namespace PreferenceTuning.Tokenization;

/// <summary>Cuts pieces into smaller ones, and may rewrite them. Empty pieces are dropped.</summary>
internal interface IPreTokenizer
{
    List<Piece> Split(List<Piece> pieces);
}
