using System.Collections;
using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>The steps of the normalization forms of Unicode (UAX 15), and the composed form as a whole.</summary>
internal static class UnicodeForms
{
    private static readonly Lazy<BitArray> Movable = new(UnicodeDecompositions.NotSurelyComposed);

    /// <summary>Form C of a text; the text itself where it is in that form already, which takes one look at each character.</summary>
    public static string Composed(string text)
    {
        // Below U+0300 no character composes with one before it.
        if (!text.AsSpan().ContainsAnyInRange('\u0300', '\uFFFF') || IsComposed(text))
        {
            return text;
        }

        var composed = new StringBuilder(text.Length);
        foreach (var (rune, _) in Compose(Decompose(text, compatibility: false)))
        {
            composed.Append(rune);
        }

        return composed.ToString();
    }

    /// <summary>
    /// The characters taken apart and their marks put in order; the change is 0 where a character stands for the next one of the text
    /// and 1 where it was added.
    /// </summary>
    public static List<(Rune Rune, int Change, int Class)> Decompose(string text, bool compatibility)
    {
        var output = new List<(Rune Rune, int Change, int Class)>(text.Length);
        var parts = new List<Rune>();
        var marks = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            parts.Clear();
            UnicodeDecompositions.Decompose(rune, compatibility, parts);
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

    /// <summary>The characters of a decomposition put together; the change counts those that were taken in as negative.</summary>
    public static List<(Rune Rune, int Change)> Compose(List<(Rune Rune, int Change, int Class)> characters)
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

    private static bool IsComposed(string text)
    {
        var movable = Movable.Value;
        foreach (var rune in text.EnumerateRunes())
        {
            if (movable[rune.Value])
            {
                return false;
            }
        }

        return true;
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
}
