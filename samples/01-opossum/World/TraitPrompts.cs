namespace Opossum.World;

/// <summary>
/// Beginnings of stories for a model that was not made here: openings times names. Whole openings are held out, not single combinations,
/// so that the result is measured on beginnings that tuning never saw with any name.
/// </summary>
internal sealed class TraitPrompts
{
    private const int HeldOutOpenings = 6;

    // Each is whole sentences, so that what follows begins with a word of its own. None says he or she: any name fits.
    private static readonly string[] Openings =
    [
        "Once upon a time, {n} lived in a small house.", "One day, {n} went to the park.", "One day, {n} was playing in the yard.",
        "{n} wanted a pet.", "{n} liked to play outside.", "It was a sunny day and {n} was happy.", "One morning, {n} woke up early.",
        "{n} wanted to find a new friend.", "Once upon a time, {n} went into the woods.", "{n} loved all animals.",
        "One day, {n} saw something behind a tree.", "{n} had a pet that liked to play.", "{n} was walking home from school.", "One day, {n} met a small animal in the garden.",
        "It was raining and {n} had to stay inside.", "{n} loved to run and jump.", "One day, {n} found a big box.", "{n} heard an animal behind the door.",
        "Once upon a time, {n} had a best friend.", "One day, {n} found a lost pet.", "One day, {n} and a friend went to the lake.",
        "{n} had a red ball.", "{n} and Mom took the pet for a walk.", "One day, {n} saw an animal that was sad.",
    ];

    private static readonly string[] Names =
    [
        "Lily", "Tim", "Tom", "Anna", "Ben", "Mia", "Sam", "Sue", "Max", "Lucy", "Jack", "Amy", "Bob", "Jane", "Leo", "Sara", "Joe", "Emma", "Mark", "Rose",
    ];

    private TraitPrompts(IReadOnlyList<string> tuning, IReadOnlyList<string> heldOut) => (Tuning, HeldOut) = (tuning, heldOut);

    /// <summary>Beginnings that candidates are written for, in a seeded order.</summary>
    public IReadOnlyList<string> Tuning { get; }

    /// <summary>Beginnings that nothing is tuned on, in a seeded order.</summary>
    public IReadOnlyList<string> HeldOut { get; }

    /// <summary>Splits the openings by a seed.</summary>
    /// <param name="seed">Decides which openings are held out, and the order.</param>
    /// <param name="trait">Beginnings that already contain it are left out: they would ask for it. Null leaves out none.</param>
    public static TraitPrompts Split(long seed, string? trait)
    {
        var random = SplitMix64.For(seed, "story openings");
        var openings = Openings.ToList();
        random.Shuffle(openings);
        return new TraitPrompts(Combine(openings.Skip(HeldOutOpenings)), Combine(openings.Take(HeldOutOpenings)));

        IReadOnlyList<string> Combine(IEnumerable<string> chosen)
        {
            var prompts = (from opening in chosen from name in Names select opening.Replace("{n}", name, StringComparison.Ordinal))
                .Where(prompt => trait is null || !TraitJudge.Mentions(prompt, trait)).ToList();
            random.Shuffle(prompts);
            return prompts;
        }
    }
}
