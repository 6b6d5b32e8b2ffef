namespace PreferenceTuning.Tokenization;

/// <summary>How <see cref="BpeTrainer"/> learns a vocabulary.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>
    /// Entries to end with, special tokens and the 256 byte letters included; fewer where the text gives no more merges.
    /// Default 1,000: what a sample of a megabyte supports.
    /// </summary>
    public int VocabularySize { get; init; } = 1000;

    /// <summary>How often a pair has to occur to be merged. Default 2, as in the byte-level trainer of the tokenizers library.</summary>
    public long MinFrequency { get; init; } = 2;

    /// <summary>
    /// A pair that grows out of a merge is considered only while its bytes are fewer than this (so 4 allows at most 3); null for
    /// no limit. Pairs of two bytes are always considered. Default null. The strict comparison is that of the tokenizers library.
    /// </summary>
    public int? MaxTokenLength { get; init; }

    /// <summary>Tokens that take the first ids, in order. Default <c>&lt;|endoftext|&gt;</c>, as in GPT-2.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [Gpt2Json.EndOfText];

    /// <summary>The special token that begins a text, or null. Default <c>&lt;|endoftext|&gt;</c>, as in GPT-2.</summary>
    public string? BosToken { get; init; } = Gpt2Json.EndOfText;

    /// <summary>The special token that ends a text, or null. Default <c>&lt;|endoftext|&gt;</c>, as in GPT-2.</summary>
    public string? EosToken { get; init; } = Gpt2Json.EndOfText;

    /// <summary>The special token that fills up a batch, or null. Default null, as in GPT-2.</summary>
    public string? PadToken { get; init; }

    /// <summary>Whether the first word of a text gets a space in front, in training and in use. Default false, as in GPT-2.</summary>
    public bool AddPrefixSpace { get; init; }

    internal void Validate()
    {
        if (SpecialTokens.Any(string.IsNullOrEmpty) || SpecialTokens.Distinct(StringComparer.Ordinal).Count() != SpecialTokens.Count)
        {
            throw new ArgumentException(
                $"'{nameof(SpecialTokens)}' is [{string.Join(", ", SpecialTokens)}]; tokens that are not empty, each once, were expected.");
        }

        if (VocabularySize < SpecialTokens.Count + 256)
        {
            throw new ArgumentOutOfRangeException(
                nameof(VocabularySize),
                VocabularySize,
                $"The vocabulary needs at least {SpecialTokens.Count + 256} entries: 256 byte letters and {SpecialTokens.Count} special tokens.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(MinFrequency);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxTokenLength ?? 1, 1, nameof(MaxTokenLength));
        foreach (var (name, token) in new[] { (nameof(BosToken), BosToken), (nameof(EosToken), EosToken), (nameof(PadToken), PadToken) })
        {
            if (token is not null && !SpecialTokens.Contains(token))
            {
                throw new ArgumentException(
                    $"'{name}' is '{token}', which is not one of the special tokens [{string.Join(", ", SpecialTokens)}]; add it there.");
            }
        }
    }
}
