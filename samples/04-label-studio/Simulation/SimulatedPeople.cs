using Opossum.World;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Statistics;

namespace LabelStudioSample.Simulation;

/// <summary>A stand-in for a person in Label Studio.</summary>
/// <param name="User">The user's number, as exports name people.</param>
/// <param name="WordsPerMinute">Reading speed.</param>
/// <param name="Noise">Standard deviation of how an answer's worth is seen, in the judge's nats.</param>
/// <param name="Careless">Share of items that are clicked through: the first answer, in a second and a half.</param>
internal sealed record Person(int User, double WordsPerMinute, double Noise, double Careless)
{
    /// <summary>Two who read, one in a hurry, one who does not read.</summary>
    public static IReadOnlyList<Person> All { get; } =
        [new(2, 190, 0.1, 0), new(3, 250, 0.15, 0.02), new(4, 380, 0.4, 0.1), new(5, 300, 0.4, 0.85)];
}

/// <summary>What simulated people say about items that they see in the order in which the task shows them.</summary>
internal static class SimulatedPeople
{
    private const double TieWidth = 0.5;
    private const double SkipShare = 0.02;
    private const double ClickSeconds = 1.5;
    private const double ThinkingSeconds = 3;

    /// <summary>Everybody judges everything: a pure function of the seed.</summary>
    public static IReadOnlyList<Judgement> Judge(IReadOnlyList<JudgingItem> items, long seed)
    {
        var judge = new StyleJudge(Style.Meme);
        return [.. items.SelectMany(item =>
        {
            var random = SplitMix64.For(seed, "judging " + item.Id);
            string[] shown = [.. item.Candidates.Select(candidate => candidate.Id)];
            random.Shuffle(shown);
            return Person.All.Select(person => Judge(person, item, shown, judge, random)).ToList();
        })];
    }

    private static Judgement Judge(Person person, JudgingItem item, string[] shown, StyleJudge judge, SplitMix64 random)
    {
        var careless = random.NextDouble() < person.Careless;
        var skipped = !careless && random.NextDouble() < SkipShare;
        double See(string id) => (person.Noise * random.NextGaussian()) +
            judge.Judge(item.Prompt.ToPlainText(), item.Candidates.First(candidate => candidate.Id == id).Text.ToPlainText()).Utility;
        var difference = See(shown[0]) - See(shown[1]);
        IReadOnlyList<IReadOnlyList<string>> ranking = careless || difference > TieWidth ? [[shown[0]], [shown[1]]]
            : difference < -TieWidth ? [[shown[1]], [shown[0]]]
            : [[.. shown.Order(StringComparer.Ordinal)]];
        var words = WordCount.Of(item.Prompt.ToPlainText()) + item.Candidates.Sum(candidate => WordCount.Of(candidate.Text.ToPlainText()));
        var seconds = careless ? ClickSeconds : ThinkingSeconds + (60 * words / person.WordsPerMinute);
        return new Judgement
        {
            Item = item.Id,
            Prompt = item.Prompt,
            Candidates = item.Candidates,
            Annotator = FormattableString.Invariant($"{person.User}"),
            AnnotatorKind = AnnotatorKind.Person,
            Kind = JudgementKind.Pairwise,
            Shown = shown,
            Ranking = skipped ? null : ranking,
            Skipped = skipped,
            Seconds = Math.Round(seconds * Math.Exp(0.25 * random.NextGaussian()), 2),
        };
    }
}
