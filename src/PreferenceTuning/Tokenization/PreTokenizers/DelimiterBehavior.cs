namespace PreferenceTuning.Tokenization;

/// <summary>What happens to the delimiters when a text is cut.</summary>
internal enum DelimiterBehavior
{
    /// <summary>They are dropped.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Neighbouring delimiters together are a piece.</summary>
    Contiguous,

    /// <summary>Each ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the piece after it.</summary>
    MergedWithNext,
}
