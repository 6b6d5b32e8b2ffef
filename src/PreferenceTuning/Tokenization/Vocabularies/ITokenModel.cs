namespace PreferenceTuning.Tokenization;

/// <summary>A token of a piece: its id, its units [Start, End) in the piece, and its text where that is not the vocabulary's.</summary>
internal readonly record struct ModelToken(int Id, int Start, int End, string? Text = null);

/// <summary>Turns a piece into vocabulary entries.</summary>
internal interface ITokenModel
{
    /// <summary>The entries by text.</summary>
    IReadOnlyDictionary<string, int> Ids { get; }

    /// <summary>The entry for unknown text, where the model has one.</summary>
    int? UnknownId { get; }

    /// <summary>Adds the tokens of a piece that is not empty.</summary>
    void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output);
}
