using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>Full lower case, character by character, without regard to neighbours: only U+0130 becomes two.</summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    public AlignedText Normalize(AlignedText text) => CharacterMap.Apply(text, Lower);

    private static string? Lower(Rune rune)
    {
        if (rune.Value == 0x130)
        {
            return "i\u0307";
        }

        var lower = Rune.ToLowerInvariant(rune);
        return lower == rune ? null : lower.ToString();
    }
}
