using System.Globalization;
using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>Drops combining marks: all of them, or only those that take no space (as BERT does).</summary>
internal sealed class StripAccentsNormalizer(bool onlyNonSpacing) : INormalizer
{
    public AlignedText Normalize(AlignedText text) => CharacterMap.Apply(text, rune => IsMark(rune) ? "" : null);

    private bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark => true,
        UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => !onlyNonSpacing,
        _ => false,
    };
}
