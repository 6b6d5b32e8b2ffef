using System.Collections;
using System.Globalization;
using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// The Unicode data of normalization, read from a table in this assembly: <see cref="string.Normalize()"/> returns its argument
/// unchanged where .NET runs without ICU, which would change token ids from one machine to the next.
/// </summary>
internal static class UnicodeDecompositions
{
    // Hangul syllables are composed by arithmetic (Unicode core specification, section 3.12).
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28, SyllableCount = LeadCount * VowelCount * TailCount;

    private static readonly Lazy<Tables> Data = new(Read);

    public static int CombiningClass(Rune rune) => Data.Value.Classes.GetValueOrDefault(rune.Value);

    /// <summary>Adds the full decomposition of a character, which is the character itself where it has none.</summary>
    public static void Decompose(Rune rune, bool compatibility, List<Rune> output)
    {
        var syllable = rune.Value - SyllableBase;
        if (syllable is >= 0 and < SyllableCount)
        {
            output.Add(new Rune(LeadBase + (syllable / (VowelCount * TailCount))));
            output.Add(new Rune(VowelBase + (syllable % (VowelCount * TailCount) / TailCount)));
            if (syllable % TailCount != 0)
            {
                output.Add(new Rune(TailBase + (syllable % TailCount)));
            }
        }
        else if (Data.Value.Parts.TryGetValue(rune.Value, out var parts) && (compatibility || parts.IsCanonical))
        {
            foreach (var part in parts.Runes)
            {
                Decompose(part, compatibility, output);
            }
        }
        else
        {
            output.Add(rune);
        }
    }

    /// <summary>The character that two characters make, or null.</summary>
    public static Rune? Compose(Rune first, Rune second)
    {
        var (lead, vowel, tail) = (first.Value - LeadBase, second.Value - VowelBase, second.Value - TailBase);
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            return new Rune(SyllableBase + (((lead * VowelCount) + vowel) * TailCount));
        }

        var syllable = first.Value - SyllableBase;
        if (syllable is >= 0 and < SyllableCount && syllable % TailCount == 0 && tail is > 0 and < TailCount)
        {
            return new Rune(first.Value + tail);
        }

        return Data.Value.Composed.TryGetValue((first.Value, second.Value), out var composed) ? composed : null;
    }

    /// <summary>
    /// The code points without which a text is surely in form C (those whose NFC_Quick_Check is not Yes, and all combining marks): what
    /// may go together with a character before it, and what does not come back from its decomposition.
    /// </summary>
    public static BitArray NotSurelyComposed()
    {
        var points = new BitArray(0x110000);
        foreach (var marked in Data.Value.Classes.Keys.Concat(Data.Value.Composed.Keys.Select(pair => pair.Item2)))
        {
            points[marked] = true;
        }

        foreach (var (point, (parts, isCanonical)) in Data.Value.Parts)
        {
            points[point] |= isCanonical && !(parts.Length == 2 && Data.Value.Composed.ContainsKey((parts[0].Value, parts[1].Value)));
        }

        for (var vowel = VowelBase; vowel < VowelBase + VowelCount; vowel++)
        {
            points[vowel] = true;
        }

        for (var tail = TailBase + 1; tail < TailBase + TailCount; tail++)
        {
            points[tail] = true;
        }

        return points;
    }

    private static Tables Read()
    {
        var tables = new Tables([], [], []);
        using var stream = typeof(UnicodeDecompositions).Assembly.GetManifestResourceStream(
            "PreferenceTuning.Tokenization.decompositions.txt")
            ?? throw new InvalidOperationException("The table of Unicode decompositions is missing from the assembly.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                Add(line.Split(' '), tables);
            }
        }

        return tables;
    }

    private static void Add(string[] fields, Tables tables)
    {
        var rune = Parse(fields[0]);
        var combiningClass = byte.Parse(fields[1], CultureInfo.InvariantCulture);
        if (combiningClass != 0)
        {
            tables.Classes.Add(rune.Value, combiningClass);
        }

        if (fields.Length == 2)
        {
            return;
        }

        Rune[] parts = [.. fields.Skip(3).Select(Parse)];
        tables.Parts.Add(rune.Value, (parts, fields[2] != "~"));
        if (fields[2] == "+")
        {
            tables.Composed.Add((parts[0].Value, parts[1].Value), rune);
        }
    }

    private static Rune Parse(string field) => new(int.Parse(field, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

    private sealed record Tables(
        Dictionary<int, byte> Classes, Dictionary<int, (Rune[] Runes, bool IsCanonical)> Parts, Dictionary<(int, int), Rune> Composed);
}
