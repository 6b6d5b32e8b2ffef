using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>The four normalization forms of Unicode (UAX 15).</summary>
internal sealed class UnicodeNormalizer(NormalizationForm form) : INormalizer
{
    private bool Compatibility => form is NormalizationForm.FormKC or NormalizationForm.FormKD;

    private bool Composes => form is NormalizationForm.FormC or NormalizationForm.FormKC;

    public AlignedText Normalize(AlignedText text)
    {
        // Below these no character has a decomposition (or, composed, one that lasts) nor a combining class.
        var firstOfInterest = form switch
        {
            NormalizationForm.FormC => '\u0300',
            NormalizationForm.FormD => '\u00C0',
            _ => '\u00A0',
        };
        if (!text.Text.AsSpan().ContainsAnyInRange(firstOfInterest, '\uFFFF'))
        {
            return text;
        }

        var characters = UnicodeForms.Decompose(text.Text, Compatibility);
        return CharacterChanges.Apply(
            text, Composes ? UnicodeForms.Compose(characters) : characters.ConvertAll(character => (character.Rune, character.Change)));
    }
}
