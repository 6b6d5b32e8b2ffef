using System.Globalization;
using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>The first steps of BERT's tokenizer.</summary>
internal static class BertNormalizer
{
    public static SequenceNormalizer Create(bool cleanText, bool spaceAroundHan, bool stripAccents, bool lowercase)
    {
        var parts = new List<INormalizer>();
        if (cleanText)
        {
            parts.Add(new MapNormalizer(Clean));
        }

        if (spaceAroundHan)
        {
            parts.Add(new MapNormalizer(rune => IsHan(rune.Value) ? $" {rune} " : null));
        }

        if (stripAccents)
        {
            parts.Add(new UnicodeNormalizer(NormalizationForm.FormD));
            parts.Add(new StripAccentsNormalizer(onlyNonSpacing: true));
        }

        if (lowercase)
        {
            parts.Add(new LowercaseNormalizer());
        }

        return new SequenceNormalizer(parts);
    }

    private static string? Clean(Rune rune)
    {
        var isControl = rune.Value == 0xFFFD || (rune.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse);
        return isControl ? "" : Utf16.IsWhiteSpace(rune) ? " " : null;
    }

    private static bool IsHan(int value) => value is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    private sealed class MapNormalizer(Func<Rune, string?> map) : INormalizer
    {
        public AlignedText Normalize(AlignedText text) => CharacterMap.Apply(text, map);
    }
}
