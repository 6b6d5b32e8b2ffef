namespace PreferenceTuning.Tokenization;

/// <summary>A byte-pair vocabulary and its flags, named as in tokenizer.json.</summary>
internal sealed record BpeSettings
{
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    /// <summary>Pairs by rank, best first.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    public string? UnknownToken { get; init; }

    public string? ContinuingSubwordPrefix { get; init; }

    public string? EndOfWordSuffix { get; init; }

    public bool FuseUnknown { get; init; }

    public bool ByteFallback { get; init; }

    public bool IgnoreMerges { get; init; }
}
