using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>Writes a changed version of an <see cref="AlignedText"/>, keeping track of where each unit came from.</summary>
internal sealed class AlignedTextBuilder(AlignedText source)
{
    private readonly StringBuilder _text = new(source.Length + 8);
    private readonly List<int> _starts = new(source.Length + 8);
    private readonly List<int> _ends = new(source.Length + 8);

    /// <summary>Takes the units [start, end) of the source as they are.</summary>
    public void Copy(int start, int end)
    {
        var text = source.Text;
        for (var i = start; i < end; i++)
        {
            var isPair = char.IsHighSurrogate(text[i]) && i + 1 < end;
            if (isPair)
            {
                Add(text.AsSpan(i, 2), source.StartOf(i), source.EndOf(i + 1));
                i++;
            }
            else
            {
                Add(text.AsSpan(i, 1), source.StartOf(i), source.EndOf(i));
            }
        }
    }

    /// <summary>Adds new text that stands for the original span [start, end).</summary>
    public void Add(ReadOnlySpan<char> text, int start, int end)
    {
        _text.Append(text);
        for (var i = 0; i < text.Length; i++)
        {
            _starts.Add(start);
            _ends.Add(end);
        }
    }

    public AlignedText Build() => new(_text.ToString(), source.Origin, [.. _starts], [.. _ends]);
}
