namespace PreferenceTuning.Tokenization;

/// <summary>How <see cref="TokenCollation"/> brings rows to one length.</summary>
public sealed record CollationOptions
{
    /// <summary>The id that fills up. It may be the end token: masks, not ids, say what is padding.</summary>
    public required int PadId { get; init; }

    /// <summary>The most tokens a row may have: the context, less what is to be generated. Null (the default) for no limit.</summary>
    public int? MaxLength { get; init; }

    /// <summary>What happens to a longer row. Default: an error that names it.</summary>
    public LongTextRule LongText { get; init; } = LongTextRule.Refuse;

    /// <summary>How many columns there are at least; null (the default) for as many as the longest row needs.</summary>
    public int? MinColumns { get; init; }

    /// <summary>The number of columns is rounded up to a multiple of this. Default 1; 8 suits matrix units of GPUs.</summary>
    public int ColumnMultiple { get; init; } = 1;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(PadId);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLength ?? 1, 1, nameof(MaxLength));
        ArgumentOutOfRangeException.ThrowIfNegative(MinColumns ?? 0, nameof(MinColumns));
        ArgumentOutOfRangeException.ThrowIfLessThan(ColumnMultiple, 1);
    }
}

/// <summary>Where padding goes.</summary>
public enum PaddingSide
{
    /// <summary>After the text.</summary>
    Right,

    /// <summary>Before the text.</summary>
    Left,
}
