namespace Opossum.World;

/// <summary>
/// What a reader of this world has read before: which words belong to which style, and which words follow each other. Learned once from
/// sentences of the grammar (with its own seed, so every run meets the same reader), with animals replaced by placeholders.
/// </summary>
internal sealed class Phrasebook
{
    private const string OneAnimal = "<animal>";
    private const string ManyAnimals = "<animals>";
    private const int SentencesPerStyle = 12000;
    private const long Seed = 20240731;

    private static readonly Lazy<Phrasebook> Learned = new(() => new Phrasebook());

    private readonly Dictionary<string, double> _memeLogOdds;
    private readonly HashSet<(string, string)> _bigrams = [];

    private Phrasebook()
    {
        var meme = Read(Style.Meme);
        var biology = Read(Style.Biology);
        double memeTotal = meme.Values.Sum(), biologyTotal = biology.Values.Sum();
        _memeLogOdds = meme.Keys.Union(biology.Keys).ToDictionary(
            word => word,
            word => Math.Log((meme.GetValueOrDefault(word) + 1.0) / memeTotal)
                - Math.Log((biology.GetValueOrDefault(word) + 1.0) / biologyTotal),
            StringComparer.Ordinal);
    }

    /// <summary>The one reader.</summary>
    public static Phrasebook Shared => Learned.Value;

    /// <summary>ln P(word | meme) / P(word | biology), or null for an unknown word, a mark or an animal.</summary>
    public double? MemeLogOdds(string word) =>
        Words.IsMark(word) || Animals.Named(word) is not null || !_memeLogOdds.TryGetValue(word, out var odds) ? null : odds;

    /// <summary>The share of neighbouring words, the ends included, that this reader has seen side by side; 0 for an empty text.</summary>
    public double Familiarity(IReadOnlyList<string> words)
    {
        var pairs = Words.Bigrams(Framed(words)).ToList();
        return words.Count == 0 ? 0 : pairs.Count(_bigrams.Contains) / (double)pairs.Count;
    }

    private Dictionary<string, int> Read(Style style)
    {
        var random = SplitMix64.For(Seed, "phrasebook " + style);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var sentence = 0; sentence < SentencesPerStyle; sentence++)
        {
            var words = Framed(Words.Of(Grammar.Write(style, random.Pick(Animals.All), random)));
            _bigrams.UnionWith(Words.Bigrams(words));
            foreach (var word in words)
            {
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        return counts;
    }

    private static List<string> Framed(IReadOnlyList<string> words)
    {
        List<string> framed = ["<start>", .. words.Select(Placeholder), "<end>"];
        for (var at = 0; at + 1 < framed.Count; at++)
        {
            // "a moose" and "an otter" are the same two words to a reader.
            if (framed[at] == "an" && framed[at + 1] == OneAnimal)
            {
                framed[at] = "a";
            }
        }

        return framed;
    }

    private static string Placeholder(string word) =>
        Animals.Named(word) is not { } animal ? word : word == animal.Name ? OneAnimal : ManyAnimals;
}
