namespace PreferenceTuning.Tokenization;

/// <summary>The units [Start, End) of a stretch: what the model tokenizes by itself.</summary>
internal readonly record struct Piece(AlignedText Source, int Start, int End)
{
    public ReadOnlySpan<char> Span => Source.Text.AsSpan(Start, End - Start);

    public int Length => End - Start;

    public static Piece Whole(AlignedText text) => new(text, 0, text.Length);

    /// <summary>The piece as a stretch of its own.</summary>
    public AlignedText ToText() => Source.Slice(Start, End);
}
