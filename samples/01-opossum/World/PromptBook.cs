namespace Opossum.World;

/// <summary>One question about one animal.</summary>
/// <param name="Text">The prompt as a person would type it.</param>
/// <param name="Animal">The animal asked for.</param>
internal sealed record Prompt(string Text, Animal Animal);

/// <summary>
/// The questions of this world: every template with every animal. A part of the combinations is held out: nothing is tuned on them, so
/// they show what the tuned model does with questions that no annotator ever saw. Each animal and each template is on both sides.
/// </summary>
internal sealed class PromptBook
{
    private const int HeldOutPerAnimal = 4;

    // Always the singular: the model then has one word to look up, whatever the template.
    private static readonly string[] Templates =
    [
        "What is {a}?", "Tell me about the {x}.", "Describe the {x}.", "What do you know about the {x}?", "Explain the {x} to me.",
        "What should I know about {a}?", "Write one line about {a}.", "Say something about the {x}.", "Who or what is the {x}?",
        "I saw {a} today, what is that?", "How would you describe {a}?", "Can you introduce the {x}?",
    ];

    private PromptBook(IReadOnlyList<Prompt> tuning, IReadOnlyList<Prompt> heldOut) => (Tuning, HeldOut) = (tuning, heldOut);

    /// <summary>The prompts that candidates are written for, in a seeded order; "What is an opossum?" is the first.</summary>
    public IReadOnlyList<Prompt> Tuning { get; }

    /// <summary>The prompts that nothing is tuned on, in a seeded order.</summary>
    public IReadOnlyList<Prompt> HeldOut { get; }

    /// <summary>The question that this sample is named after.</summary>
    public static Prompt Opossum { get; } = Ask(0, Animals.All[0]);

    /// <summary>All combinations, template by template.</summary>
    public static IReadOnlyList<Prompt> All { get; } =
        [.. from template in Enumerable.Range(0, Templates.Length) from animal in Animals.All select Ask(template, animal)];

    /// <summary>Splits the combinations by a seed.</summary>
    public static PromptBook Split(long seed)
    {
        var random = SplitMix64.For(seed, "prompts");
        List<Prompt> tuning = [], heldOut = [];
        foreach (var animal in Animals.All)
        {
            // Template 0 with the opossum is what everybody asks first, so it is always asked in tuning.
            var order = Enumerable.Range(0, Templates.Length).Where(template => template != 0 || animal != Opossum.Animal).ToList();
            random.Shuffle(order);
            heldOut.AddRange(order.Take(HeldOutPerAnimal).Select(template => Ask(template, animal)));
            tuning.AddRange(order.Skip(HeldOutPerAnimal).Select(template => Ask(template, animal)));
        }

        random.Shuffle(tuning);
        random.Shuffle(heldOut);
        return new PromptBook([Opossum, .. tuning], heldOut);
    }

    private static Prompt Ask(int template, Animal animal) =>
        new(Grammar.Expand(Templates[template], animal, _ => null, new SplitMix64(0)), animal);
}
