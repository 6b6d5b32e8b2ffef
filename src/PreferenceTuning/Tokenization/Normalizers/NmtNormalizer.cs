using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>The clean-up of sentencepiece's "nmt" rules: control characters go, kinds of white space become a space.</summary>
internal sealed class NmtNormalizer : INormalizer
{
    public AlignedText Normalize(AlignedText text) => CharacterMap.Apply(text, Map);

    private static string? Map(Rune rune) => rune.Value switch
    {
        (>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or 0x8F or 0x9F => "",
        0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => " ",
        _ => null,
    };
}
