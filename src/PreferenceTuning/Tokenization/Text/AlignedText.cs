using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// A stretch of text on its way through the pipeline, with the span of the original text that every UTF-16 unit came from.
/// Both units of a surrogate pair carry the span of the whole character.
/// </summary>
internal sealed class AlignedText
{
    // Null while the stretch is still the original: unit i is then [Origin + i, Origin + i + 1).
    private readonly int[]? _starts;
    private readonly int[]? _ends;

    public AlignedText(string text, int origin, int[]? starts = null, int[]? ends = null)
    {
        Text = text;
        Origin = origin;
        _starts = starts;
        _ends = ends;
    }

    public string Text { get; }

    /// <summary>Where the stretch begins in the original text.</summary>
    public int Origin { get; }

    public int Length => Text.Length;

    public bool IsEmpty => Text.Length == 0;

    public int StartOf(int unit) => _starts is null ? Origin + unit : _starts[unit];

    public int EndOf(int unit) => _ends is null ? Origin + unit + 1 : _ends[unit];

    /// <summary>The original span of the units [start, end); an empty range is reported where it stands, as the reference does.</summary>
    public (int Start, int End) Span(int start, int end) =>
        start < end ? (StartOf(start), EndOf(end - 1)) : (Origin + start, Origin + end);

    public AlignedText Slice(int start, int end)
    {
        if (start == 0 && end == Length)
        {
            return this;
        }

        var origin = start < end ? StartOf(start) : Origin;
        return _starts is null
            ? new AlignedText(Text[start..end], origin)
            : new AlignedText(Text[start..end], origin, _starts[start..end], _ends![start..end]);
    }

    /// <summary>The same alignment under a text of the same length.</summary>
    public AlignedText WithText(string text) => new(text, Origin, _starts, _ends);

    /// <summary>
    /// Puts a prefix in front of a text that is not empty. The prefix shares the span of the first character.
    /// </summary>
    public AlignedText Prepend(string prefix)
    {
        if (IsEmpty)
        {
            return this;
        }

        var builder = new AlignedTextBuilder(this);
        var first = Rune.GetRuneAt(Text, 0).Utf16SequenceLength;
        var (start, end) = Span(0, first);
        builder.Add(prefix, start, end);
        builder.Copy(0, Length);
        return builder.Build();
    }
}
