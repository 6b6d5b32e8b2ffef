using Opossum.World;
using PreferenceTuning.Feedback.Judgements;

namespace Opossum.Annotators;

/// <summary>How a round of judging is set up.</summary>
internal sealed record AnnotationPlan
{
    /// <summary>Who judges.</summary>
    public IReadOnlyList<AnnotatorProfile> Annotators { get; init; } = AnnotatorProfile.Default;

    /// <summary>Share of the items that everybody judges, so that agreement can be measured. The others go to one annotator each.</summary>
    public double Overlap { get; init; } = 0.15;

    /// <summary>Items with a known answer, unmarked, that everybody judges. None are made where the world is not ours.</summary>
    public IReadOnlyList<JudgingItem> Gold { get; init; } = [];

    /// <summary>The version of the instructions that the annotators were given.</summary>
    public required string InstructionVersion { get; init; }
}

/// <summary>Asks simulated annotators about items: a pure function of the seed.</summary>
internal static class AnnotationRound
{
    /// <summary>
    /// All judgements, in the order in which they were made, and before them one reference row for each gold item (<c>gold: true</c>).
    /// The answers that annotators gave to gold items are ordinary rows of the same item.
    /// </summary>
    public static IReadOnlyList<Judgement> Run(IReadOnlyList<JudgingItem> items, AnnotationPlan plan, IJudge judge, long seed)
    {
        var queues = Assign(items, plan, seed);
        var judgements = plan.Gold.Select(item => KnownAnswer(item, plan.InstructionVersion)).ToList();
        for (var who = 0; who < plan.Annotators.Count; who++)
        {
            var profile = plan.Annotators[who];
            var annotator = new SimulatedAnnotator(profile, judge, plan.InstructionVersion);
            var random = SplitMix64.For(seed, "judging by " + profile.Id);
            judgements.AddRange(queues[who].Select((item, turn) =>
                annotator.Judge(item, random) with { Id = FormattableString.Invariant($"{profile.Id}-{turn + 1:0000}") }));
        }

        return judgements;
    }

    private static List<JudgingItem>[] Assign(IReadOnlyList<JudgingItem> items, AnnotationPlan plan, long seed)
    {
        if (plan.Annotators.Count == 0)
        {
            throw new ArgumentException("The plan names no annotators; give at least one.", nameof(plan));
        }

        var random = SplitMix64.For(seed, "assignment");
        var order = items.ToList();
        random.Shuffle(order);
        var shared = (int)Math.Round(plan.Overlap * order.Count);
        var queues = plan.Annotators.Select(_ => order.Take(shared).Concat(plan.Gold).ToList()).ToArray();
        for (var index = shared; index < order.Count; index++)
        {
            queues[index % queues.Length].Add(order[index]);
        }

        foreach (var queue in queues)
        {
            random.Shuffle(queue);
        }

        return queues;
    }

    private static Judgement KnownAnswer(JudgingItem item, string instructionVersion)
    {
        var best = item.Gold ?? throw new ArgumentException(
            $"Item '{item.Id}' is among the gold items but has no known answer.", nameof(item));
        return new Judgement
        {
            Id = "reference-" + item.Id,
            Item = item.Id,
            Prompt = item.Prompt,
            Candidates = item.Candidates,
            AnnotatorKind = AnnotatorKind.Aggregate,
            Kind = JudgementKind.Pairwise,
            Ranking = [[best], [.. item.Candidates.Select(candidate => candidate.Id).Where(id => id != best)]],
            Gold = true,
            InstructionVersion = instructionVersion,
        };
    }
}
