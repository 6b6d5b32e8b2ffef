namespace PreferenceTuning.Tokenization;

/// <summary>Which of two texts gives way when both together are too long.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one, then both alike.</summary>
    LongestFirst,

    /// <summary>The first.</summary>
    OnlyFirst,

    /// <summary>The second.</summary>
    OnlySecond,
}

/// <summary>The end of a text that is cut off.</summary>
public enum TruncationSide
{
    /// <summary>Its end.</summary>
    Right,

    /// <summary>Its start.</summary>
    Left,
}

/// <summary>How <see cref="TextTokenizer.EncodeTruncated"/> shortens texts; the rules are those of the <c>tokenizers</c> library.</summary>
public sealed record TruncationOptions
{
    /// <summary>The most tokens, those that the tokenizer adds included.</summary>
    public required int MaxLength { get; init; }

    /// <summary>How many tokens a window shares with the one before it. Default 0; less than the room that is left for the text.</summary>
    public int Stride { get; init; }

    /// <summary>Which text gives way. Default: the longer one.</summary>
    public TruncationStrategy Strategy { get; init; }

    /// <summary>Where it is cut. Default: at its end.</summary>
    public TruncationSide Side { get; init; }
}
