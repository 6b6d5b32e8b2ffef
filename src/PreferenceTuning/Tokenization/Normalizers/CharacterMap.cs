using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>Replaces characters one by one; what comes out of a character keeps its span.</summary>
internal static class CharacterMap
{
    /// <summary>Applies a map that gives null for a character that stays and "" for one that goes.</summary>
    public static AlignedText Apply(AlignedText text, Func<Rune, string?> map)
    {
        AlignedTextBuilder? builder = null;
        var at = 0;
        foreach (var rune in text.Text.EnumerateRunes())
        {
            var end = at + rune.Utf16SequenceLength;
            var mapped = map(rune);
            if (mapped is not null && builder is null)
            {
                builder = new AlignedTextBuilder(text);
                builder.Copy(0, at);
            }

            if (mapped is not null)
            {
                var (from, to) = text.Span(at, end);
                builder!.Add(mapped, from, to);
            }
            else
            {
                builder?.Copy(at, end);
            }

            at = end;
        }

        return builder?.Build() ?? text;
    }
}
