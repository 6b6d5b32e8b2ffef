namespace PreferenceTuning.Tokenization;

/// <summary>Every piece is an entry or unknown.</summary>
internal sealed class WordLevelModel : ITokenModel
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly string _unknownToken;

    public WordLevelModel(IReadOnlyDictionary<string, int> vocabulary, string unknownToken)
    {
        _ids = new Dictionary<string, int>(vocabulary, StringComparer.Ordinal);
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _unknownToken = unknownToken;
    }

    public IReadOnlyDictionary<string, int> Ids => _ids;

    public int? UnknownId => _ids.TryGetValue(_unknownToken, out var id) ? id : null;

    public void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        if (_idsBySpan.TryGetValue(piece, out var id))
        {
            output.Add(new ModelToken(id, 0, piece.Length));
            return;
        }

        output.Add(new ModelToken(
            UnknownId ?? throw new InvalidOperationException(
                $"'{piece}' is not in the vocabulary, and neither is the unknown token '{_unknownToken}'."),
            0, piece.Length, _unknownToken));
    }
}
