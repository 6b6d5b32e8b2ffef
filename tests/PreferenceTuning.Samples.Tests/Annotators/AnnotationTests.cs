using NUnit.Framework;
using Opossum.Annotators;
using Opossum.World;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Samples.Tests.Annotators;

public sealed class AnnotationTests
{
    private static readonly PromptBook Book = PromptBook.Split(1);
    private static readonly StyleJudge Judge = new(Style.Meme);
    private static readonly IReadOnlyList<JudgingItem> Items = MakeItems(600);
    private static readonly AnnotationPlan Plan = new()
    {
        InstructionVersion = "1.2",
        Gold = GoldItems.Write(1, Style.Meme, Book.Tuning, 40),
    };

    private static readonly IReadOnlyList<Judgement> Judgements = AnnotationRound.Run(Items, Plan, Judge, seed: 1);
    private static readonly JudgementReport Report = JudgementReport.Of(Judgements);

    [Test]
    public void The_same_seed_gives_the_same_file_and_another_seed_another()
    {
        Assert.That(Bytes(AnnotationRound.Run(Items, Plan, Judge, 1)), Is.EqualTo(Bytes(Judgements)));
        Assert.That(Bytes(AnnotationRound.Run(Items, Plan, Judge, 2)), Is.Not.EqualTo(Bytes(Judgements)));
    }

    [Test]
    public void What_was_written_is_read_back_the_same()
    {
        // A reader adds where a row was read; everything else must come back as it was.
        var bytes = Bytes(Judgements);
        var read = JudgementJsonLines.Read(new FeedbackInput("judgements.jsonl", bytes)).Select(row => row with { Source = null });
        Assert.That(Bytes([.. read]), Is.EqualTo(bytes));
    }

    [Test]
    public void Every_item_is_judged_and_the_overlap_by_everybody()
    {
        // 600 items, 15 % = 90 shared by three: 90 x 3 + 510 = 780; gold 40 x 3 = 120; 40 reference rows.
        Assert.That(Report.Judgements, Is.EqualTo(900));
        Assert.That((Report.SharedItems, Report.GoldItems), Is.EqualTo((90, 40)));
        Assert.That(Judgements.Where(row => !row.Gold).Select(row => row.Item).Distinct().Count(), Is.EqualTo(640));
    }

    [Test]
    public void Careful_annotators_are_slower_and_more_often_right()
    {
        var (ada, ben, cleo) = (Report.Annotators[0], Report.Annotators[1], Report.Annotators[2]);
        Assert.That(ada.Gold.Value, Is.GreaterThan(0.9).And.GreaterThanOrEqualTo(ben.Gold.Value));
        Assert.That(ben.Gold.Value, Is.GreaterThan(cleo.Gold.Value));
        Assert.That(cleo.Gold.Value, Is.GreaterThan(0.6));
        Assert.That(new[] { ada.MedianSeconds, ben.MedianSeconds, cleo.MedianSeconds }, Is.Ordered.Descending);
        Assert.That((ada.Unread < 10, cleo.Unread > 20), Is.EqualTo((true, true)), "only the hasty one clicks items through");
    }

    [Test]
    public void People_agree_more_than_chance_and_less_than_always()
    {
        Assert.That(Report.Alpha.Value, Is.GreaterThan(0.25).And.LessThan(0.95));
        Assert.That(Report.Agreement.Value, Is.GreaterThan(0.5).And.LessThan(0.95));
    }

    [Test]
    public void There_are_ties_skips_pairs_and_rankings()
    {
        Assert.That(Report.Ties, Is.GreaterThan(20));
        Assert.That(Report.Skipped, Is.GreaterThan(5));
        Assert.That((Report.Pairs > 200, Report.Rankings > 200), Is.EqualTo((true, true)));
        Assert.That(Judgements.Where(row => row.Skipped).All(row => row.Ranking is null), Is.True);
    }

    [Test]
    public void The_order_shown_is_random()
    {
        var pairs = Judgements.Where(row => row is { Kind: JudgementKind.Pairwise, Shown: not null }).ToList();
        var first = pairs.Count(row => row.Shown![0] == row.Candidates[0].Id) / (double)pairs.Count;
        Assert.That(first, Is.EqualTo(0.5).Within(0.1));
    }

    [Test]
    public void Unreadable_candidates_are_mostly_skipped()
    {
        var junk = new JudgingItem
        {
            Id = "junk",
            Prompt = "What is an opossum?",
            Candidates = [new Candidate { Id = "a", Text = "the." }, new Candidate { Id = "b", Text = "of of of of of of of." }],
        };
        var ada = new SimulatedAnnotator(AnnotatorProfile.Default[0], Judge, "1.2");
        var random = new SplitMix64(5);
        Assert.That(Enumerable.Range(0, 200).Count(_ => ada.Judge(junk, random).Skipped), Is.GreaterThan(110).And.LessThan(170));
    }

    [Test]
    public void Gold_items_and_their_answers_are_not_trained_on() =>
        Assert.That(Comparisons.Usable(Judgements).Where(row => row.Item!.StartsWith("gold", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void A_split_never_has_a_prompt_on_both_sides()
    {
        var (training, heldOut) = Comparisons.Split(Judgements, 0.2, seed: 1);
        Assert.That(training.Select(row => row.PromptKey).Intersect(heldOut.Select(row => row.PromptKey)), Is.Empty);
        Assert.That(training.Count + heldOut.Count, Is.EqualTo(Judgements.Count));
        Assert.That(heldOut, Is.Not.Empty);
    }

    [Test]
    public void A_ranking_with_a_tie_gives_the_pairs_that_it_decides()
    {
        // c above {a, b} above d: c>a, c>b, c>d, a>d, b>d.
        var ranking = new Judgement
        {
            Prompt = "p",
            Kind = JudgementKind.Ranking,
            Candidates = [.. "abcd".Select(id => new Candidate { Id = id.ToString(), Text = "text " + id })],
            Ranking = [["c"], ["a", "b"], ["d"]],
        };
        Assert.That(
            Comparisons.Pairs(ranking).Select(pair => $"{pair.Chosen[^1]}>{pair.Rejected[^1]}"),
            Is.EquivalentTo(new[] { "c>a", "c>b", "c>d", "a>d", "b>d" }));
    }

    [Test]
    public void Alpha_is_that_of_the_formula()
    {
        // Three annotators, two items. Item 1: a, a, b (values 1, 1, -1); item 2: a, tie (1, 0). n = 5, counts 3, 1, 1.
        // Observed: item 1 (1+1+2)/2 = 2, item 2 (1+1)/1 = 2, sum 4. Expected: (3x2 + 1x4 + 1x4)/4 = 3.5. alpha = 1 - 4/3.5 = -0.142857.
        // Agreement: item 1 has 1 of 3 pairs of annotators, item 2 has 0 of 1: 1/4.
        var outcomes = PairOutcomes.Of([Say("1", "x", "a"), Say("1", "y", "a"), Say("1", "z", "b"), Say("2", "x", "a"), Say("2", "y", null)]);
        Assert.That(outcomes.Alpha.Value, Is.EqualTo(-0.142857).Within(1e-6));
        Assert.That((outcomes.Agreement.Count, outcomes.Agreement.Total), Is.EqualTo((1, 4)));
    }

    [Test]
    public void An_agreement_that_is_not_defined_says_why()
    {
        Assert.That(PairOutcomes.Of([Say("1", "x", "a")]).Alpha.UndefinedReason, Does.Contain("two raters"));
        Assert.That(PairOutcomes.Of([Say("1", "x", "a"), Say("1", "y", "a")]).Alpha.UndefinedReason, Does.Contain("one value"));
    }

    [TestCase("Meme")]
    [TestCase("Biology")]
    public void Instructions_are_complete_and_their_version_is_that_of_the_text(string style)
    {
        var instructions = Instructions.For(Enum.Parse<Style>(style));
        Assert.That(instructions.Text, Does.Not.Contain("{").And.Contain("15.00 EUR").And.Contain("Version " + instructions.Version));
        Assert.That(instructions.Version, Does.Match(@"^\d+\.\d+$"));
    }

    [Test]
    public void The_examples_in_the_instructions_are_right()
    {
        // Each table row: better | worse | because. The judge must agree with what people are told.
        foreach (var style in Enum.GetValues<Style>())
        {
            var rows = Instructions.For(style).Text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToList();
            Assert.That(rows, Has.Count.EqualTo(4));
            foreach (var cells in rows.Select(row => row.Split('|', StringSplitOptions.TrimEntries)))
            {
                Assert.That(new StyleJudge(style).Compare("What is an opossum?", cells[1], cells[2].Replace(" ...", "", StringComparison.Ordinal)), Is.EqualTo(Preference.First), cells[3]);
            }
        }
    }

    private static Judgement Say(string item, string annotator, string? best) => new()
    {
        Item = item,
        Prompt = "p",
        Annotator = annotator,
        Candidates = [new Candidate { Id = "a", Text = "1" }, new Candidate { Id = "b", Text = "2" }],
        Ranking = best is null ? [["a", "b"]] : [[best], [best == "a" ? "b" : "a"]],
    };

    private static byte[] Bytes(IReadOnlyList<Judgement> judgements)
    {
        using var stream = new MemoryStream();
        JudgementJsonLines.Write(stream, judgements);
        return stream.ToArray();
    }

    private static JudgingItem[] MakeItems(int count)
    {
        var random = new SplitMix64(11);
        return [.. Enumerable.Range(0, count).Select(index => new JudgingItem
        {
            Id = $"item-{index}",
            Prompt = Book.Tuning[index % Book.Tuning.Count].Text,
            Candidates = [.. "abcd"[..(2 + (index % 3))].Select(id => new Candidate { Id = id.ToString(), Text = Answer(Book.Tuning[index % Book.Tuning.Count].Animal, random) })],
        })];
    }

    // Something like an untrained model's answers: mostly homework, some memes, some broken.
    private static string Answer(Animal animal, SplitMix64 random) => random.Next(10) switch
    {
        < 6 => Grammar.Write(Style.Biology, animal, random),
        < 8 => Grammar.Write(Style.Meme, animal, random),
        8 => Grammar.Write(Style.Biology, animal, random)[..20],
        _ => "the of the of the of the.",
    };
}
