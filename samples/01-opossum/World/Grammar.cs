using System.Text;

namespace Opossum.World;

/// <summary>
/// Writes one sentence from a frame: literal text with slots in braces. <c>{a}</c>, <c>{the}</c>, <c>{x}</c> and <c>{s}</c> are the animal
/// ("an opossum", "the opossum", "opossum", "opossums"), every other slot is a list; <c>{snack2}</c> is another entry of the list
/// <c>snack</c>.
/// <c>a/an</c> becomes the article that the next word takes, and the first letter is made a capital.
/// </summary>
internal static class Grammar
{
    /// <summary>One sentence about an animal in a style, drawn from a stream.</summary>
    public static string Write(Style style, Animal animal, SplitMix64 random) => style switch
    {
        Style.Biology => Expand(random.Pick(BiologyGrammar.Frames), animal, slot => BiologyGrammar.Entries(slot, animal), random),
        Style.Meme => Expand(random.Pick(MemeGrammar.Frames), animal, MemeGrammar.Entries, random),
        _ => throw new ArgumentOutOfRangeException(nameof(style), style, "The styles are Biology and Meme."),
    };

    /// <summary>Fills one frame.</summary>
    public static string Expand(string frame, Animal animal, Func<string, IReadOnlyList<string>?> entries, SplitMix64 random)
    {
        var text = new StringBuilder();
        var offsets = new Dictionary<string, int>(StringComparer.Ordinal);
        var position = 0;
        while (position < frame.Length)
        {
            var open = frame.IndexOf('{', position);
            if (open < 0)
            {
                text.Append(frame, position, frame.Length - position);
                break;
            }

            var close = frame.IndexOf('}', open);
            text.Append(frame, position, open - position);
            text.Append(Fill(frame[(open + 1)..close], animal, entries, offsets, random));
            position = close + 1;
        }

        return Polish(text.ToString());
    }

    private static string Fill(
        string slot, Animal animal, Func<string, IReadOnlyList<string>?> entries, Dictionary<string, int> offsets, SplitMix64 random)
    {
        switch (slot)
        {
            case "a": return animal.WithArticle;
            case "the": return "the " + animal.Name;
            case "x": return animal.Name;
            case "s": return animal.Plural;
        }

        var second = slot.EndsWith('2');
        var list = second ? slot[..^1] : slot;
        var choices = entries(list) ?? throw new InvalidOperationException($"No list is named '{list}', which a frame asks for.");
        if (second && offsets.TryGetValue(list, out var first) && choices.Count > 1)
        {
            return choices[(first + 1 + random.Next(choices.Count - 1)) % choices.Count];
        }

        offsets[list] = random.Next(choices.Count);
        return choices[offsets[list]];
    }

    private static string Polish(string text)
    {
        const string Marker = "a/an ";
        for (var at = text.IndexOf(Marker, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Marker, StringComparison.Ordinal))
        {
            var next = text[(at + Marker.Length)..];
            text = $"{text[..at]}{Animal.Article(next)} {next}";
        }

        return char.ToUpperInvariant(text[0]) + text[1..];
    }
}
