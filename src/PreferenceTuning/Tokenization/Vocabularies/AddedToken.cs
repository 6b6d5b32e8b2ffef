namespace PreferenceTuning.Tokenization;

/// <summary>A token that is searched in the text before anything else, with the flags of tokenizer.json.</summary>
internal sealed record AddedToken
{
    public required int Id { get; init; }

    public required string Content { get; init; }

    /// <summary>Only between characters that are no word characters.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Takes the white space before it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>Takes the white space after it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Searched after normalization, in its own normalized form.</summary>
    public bool Normalized { get; init; }

    /// <summary>Left out when decoding skips special tokens, and recognised only where special tokens are.</summary>
    public bool Special { get; init; }
}
