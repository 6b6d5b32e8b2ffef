using Opossum.Annotators;
using Opossum.World;
using PreferenceTuning.Feedback.Judgements;

namespace LabelStudioSample.Simulation;

/// <summary>
/// Questions with answers of three writers who differ in how often they write what is wanted, and items with a known answer.
/// </summary>
internal static class SimulatedItems
{
    private const int Prompts = 24;
    private const int GoldCount = 15;
    private static readonly (string Model, double Memes)[] Writers = [("writer-20", 0.2), ("writer-50", 0.5), ("writer-80", 0.8)];

    /// <summary>Every two writers on every question, with the gold items unmarked among them: a pure function of the seed.</summary>
    public static IReadOnlyList<JudgingItem> Make(long seed)
    {
        var random = SplitMix64.For(seed, "items");
        var prompts = PromptBook.Split(seed).Tuning.Take(Prompts).ToList();
        var items = new List<JudgingItem>();
        foreach (var (prompt, number) in prompts.Select((prompt, number) => (prompt, number)))
        {
            var answers = Writers.Select(writer => Answer(writer, prompt, random)).ToList();
            for (var first = 0; first < answers.Count; first++)
            {
                for (var second = first + 1; second < answers.Count; second++)
                    items.Add(Item(FormattableString.Invariant($"q{number + 1:00}-{items.Count % 3 + 1}"), prompt, answers[first], answers[second]));
            }
        }

        items.AddRange(GoldItems.Write(seed, Style.Meme, prompts, GoldCount));
        random.Shuffle(items);
        return items;
    }

    private static Candidate Answer((string Model, double Memes) writer, Prompt prompt, SplitMix64 random) => new()
    {
        Id = "a",
        Text = Grammar.Write(random.NextDouble() < writer.Memes ? Style.Meme : Style.Biology, prompt.Animal, random),
        Model = writer.Model,
    };

    private static JudgingItem Item(string id, Prompt prompt, Candidate first, Candidate second) =>
        new() { Id = id, Prompt = prompt.Text, Candidates = [first, second with { Id = "b" }] };
}
