using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// A new text as a list of characters, each with what it does to the old one: 0 takes the place of the next old character, a
/// positive number is put in after the one before, -n takes the place of the next and drops n more. A character has the span of
/// the old one it replaces; one that is put in has the span of the old one before it.
/// </summary>
internal static class CharacterChanges
{
    public static AlignedText Apply(AlignedText text, List<(Rune Rune, int Change)> changes)
    {
        var spans = new List<(int Start, int End)>(text.Length);
        var at = 0;
        foreach (var rune in text.Text.EnumerateRunes())
        {
            spans.Add(text.Span(at, at + rune.Utf16SequenceLength));
            at += rune.Utf16SequenceLength;
        }

        var builder = new AlignedTextBuilder(text);
        Span<char> units = stackalloc char[2];
        var next = 0;
        foreach (var (rune, change) in changes)
        {
            var index = Math.Min(change > 0 ? next - 1 : next, spans.Count - 1);
            var (start, end) = index < 0 ? (text.Origin, text.Origin) : spans[index];
            builder.Add(units[..rune.EncodeToUtf16(units)], start, end);
            next += change > 0 ? 0 : 1 - change;
        }

        return builder.Build();
    }
}
