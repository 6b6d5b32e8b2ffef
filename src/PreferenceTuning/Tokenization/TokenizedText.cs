namespace PreferenceTuning.Tokenization;

/// <summary>A range of positions, end exclusive. Tokens that a tokenizer added have 0 to 0.</summary>
public readonly record struct TokenSpan(int Start, int End);

/// <summary>A text (or a pair) as tokens. All lists are of the same length, one entry for each token.</summary>
public sealed record TokenizedText
{
    /// <summary>Token ids.</summary>
    public required IReadOnlyList<int> Ids { get; init; }

    /// <summary>
    /// Token texts as the vocabulary spells them (byte letters, U+2581 for a space), or as they stood in the text for added tokens.
    /// </summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>
    /// Where each token stands in its text, in Unicode code points. A character that was cut into several tokens gives each of
    /// them its whole span.
    /// </summary>
    public required IReadOnlyList<TokenSpan> Spans { get; init; }

    /// <summary>The same spans in UTF-16 code units: positions in a .NET string.</summary>
    public required IReadOnlyList<TokenSpan> Utf16Spans { get; init; }

    /// <summary>True for tokens that the tokenizer added around the text; false for a special token that stood in the text.</summary>
    public required IReadOnlyList<bool> IsAdded { get; init; }

    /// <summary>Segment numbers as the tokenizer's template sets them, usually 0 for the first text and 1 for the second.</summary>
    public required IReadOnlyList<int> TypeIds { get; init; }

    /// <summary>Which text a token is from (0 or 1), or null for tokens that the tokenizer added.</summary>
    public required IReadOnlyList<int?> SequenceIds { get; init; }

    internal static TokenizedText Of(List<EncodedToken> tokens, string text, string? pair)
    {
        var units = new[] { Utf16.UnitPositions(text), pair is null ? null : Utf16.UnitPositions(pair) };
        TokenSpan InUnits(EncodedToken token) => token.SequenceId is { } sequence && units[sequence] is { } map
            ? new TokenSpan(map[token.Start], map[token.End])
            : new TokenSpan(token.Start, token.End);

        return new TokenizedText
        {
            Ids = tokens.ConvertAll(token => token.Id),
            Tokens = tokens.ConvertAll(token => token.Text),
            Spans = tokens.ConvertAll(token => new TokenSpan(token.Start, token.End)),
            Utf16Spans = tokens.ConvertAll(InUnits),
            IsAdded = tokens.ConvertAll(token => token.IsAdded),
            TypeIds = tokens.ConvertAll(token => token.TypeId),
            SequenceIds = tokens.ConvertAll(token => token.SequenceId),
        };
    }
}
