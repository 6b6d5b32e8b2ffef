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

        var characters = Decompose(text.Text);
        return CharacterChanges.Apply(text, Composes ? Compose(characters) : characters.ConvertAll(character => (character.Rune, character.Change)));
    }

    private List<(Rune Rune, int Change, int Class)> Decompose(string text)
    {
        var output = new List<(Rune Rune, int Change, int Class)>(text.Length);
        var parts = new List<Rune>();
        var marks = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            parts.Clear();
            UnicodeDecompositions.Decompose(rune, Compatibility, parts);
            for (var i = 0; i < parts.Count; i++)
            {
                var combiningClass = UnicodeDecompositions.CombiningClass(parts[i]);
                if (combiningClass == 0)
                {
                    Sort(output, marks);
                }

                output.Add((parts[i], i == 0 ? 0 : 1, combiningClass));
                marks = combiningClass == 0 ? output.Count : marks;
            }
        }

        Sort(output, marks);
        return output;
    }

    // Marks from a position on are put in the order of their classes, those of one class as they stood.
    private static void Sort(List<(Rune Rune, int Change, int Class)> characters, int from)
    {
        if (characters.Count - from > 1)
        {
            var sorted = characters.Skip(from).OrderBy(character => character.Class).ToList();
            characters.RemoveRange(from, characters.Count - from);
            characters.AddRange(sorted);
        }
    }

    private static List<(Rune Rune, int Change)> Compose(List<(Rune Rune, int Change, int Class)> characters)
    {
        var output = new List<(Rune Rune, int Change)>(characters.Count);
        var starter = -1;
        var lastClass = -1;
        foreach (var (rune, change, combiningClass) in characters)
        {
            var isBlocked = lastClass >= combiningClass && lastClass >= 0;
            if (starter >= 0 && !isBlocked && UnicodeDecompositions.Compose(output[starter].Rune, rune) is { } composed)
            {
                output[starter] = (composed, output[starter].Change + change - 1);
                continue;
            }

            if (combiningClass == 0)
            {
                starter = output.Count;
                lastClass = -1;
            }
            else
            {
                lastClass = combiningClass;
            }

            output.Add((rune, change));
        }

        return output;
    }
}
