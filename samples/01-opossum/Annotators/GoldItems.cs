using Opossum.World;
using PreferenceTuning.Feedback.Judgements;

namespace Opossum.Annotators;

/// <summary>
/// Items whose right answer is known because the grammar wrote both sides: a good answer in the preferred style against one with a
/// plain defect. They are mixed in unmarked, and measure annotators; nothing is trained on them.
/// </summary>
internal static class GoldItems
{
    /// <summary>Writes gold items.</summary>
    public static IReadOnlyList<JudgingItem> Write(long seed, Style preferred, IReadOnlyList<Prompt> prompts, int count)
    {
        var random = SplitMix64.For(seed, "gold");
        return [.. Enumerable.Range(0, count).Select(index => Write(index, preferred, random.Pick(prompts), random))];
    }

    private static JudgingItem Write(int index, Style preferred, Prompt prompt, SplitMix64 random)
    {
        var good = new Candidate { Id = "a", Text = Grammar.Write(preferred, prompt.Animal, random), Model = "grammar" };
        var bad = new Candidate { Id = "b", Text = Defective(index, preferred, prompt.Animal, random), Model = "grammar" };
        return new JudgingItem
        {
            Id = FormattableString.Invariant($"gold-{index + 1:000}"),
            Prompt = prompt.Text,
            Candidates = [good, bad],
            Gold = good.Id,
        };
    }

    private static string Defective(int index, Style preferred, Animal animal, SplitMix64 random) => (index % 3) switch
    {
        0 => Grammar.Write(preferred == Style.Meme ? Style.Biology : Style.Meme, animal, random),
        1 => Grammar.Write(preferred, Other(animal, random), random),
        _ => Cut(Grammar.Write(preferred, animal, random)),
    };

    private static Animal Other(Animal animal, SplitMix64 random)
    {
        var other = random.Pick(Animals.All);
        return other == animal ? Animals.All[(Animals.All.ToList().IndexOf(animal) + 1) % Animals.All.Count] : other;
    }

    private static string Cut(string sentence)
    {
        var words = sentence.Split(' ');
        return string.Join(' ', words.Take(words.Length / 2)).TrimEnd(',', ':', '.');
    }
}
