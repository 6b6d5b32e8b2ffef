using NUnit.Framework;
using PreferenceTuning.Feedback.Quality;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Quality;

[TestFixture]
public sealed class QualityReportTests
{
    [Test]
    public void Judgements_of_the_notebooks_timing_are_called_what_they_are()
    {
        // One person, 32 pairs of 70 words: 31 in 1.5 to 3 seconds (above 1,400 words a minute), one in 12 (350); 18 of 32 left.
        var judgements = Enumerable.Range(0, 32).Select(i => new QualityJudgement
        {
            Prompt = $"p{i}", Item = $"p{i}", Annotator = "annotator-2", Label = i % 16 < 9 ? "first" : "second",
            ChosenPosition = i % 16 < 9 ? 0 : 1, Seconds = i == 7 ? 12 : 1.5 + (i % 4 * 0.5), Words = 70,
        }).ToArray();
        var report = QualityReport.Of(judgements);
        Assert.That(report.Speed.TooFast.Required, Is.EqualTo(31.0 / 32).Within(1e-12));
        Assert.That(report.Alpha.UndefinedReason, Is.EqualTo("no unit has values from two raters"));
        Assert.That(report.Findings.Where(f => f.Severity == FindingSeverity.Problem).Select(f => f.Kind), Is.EquivalentTo(
            new[] { FindingKind.Agreement, FindingKind.Speed }));
        var text = report.ToText();
        Assert.That(text, Does.Contain("All 32 judgements come from one annotator, so that agreement cannot be measured"));
        Assert.That(text, Does.Contain("96.9 % (95 % interval 84.3 to 99.4) of the judgements with a known time were made at more than 500 words a minute, which nobody reads"));
        Assert.That(text, Does.Contain("It rests on annotator-2."));
        Assert.That(text, Does.Contain("What stood first was chosen in 56.3 % (95 % interval 39.3 to 71.8) of the decided judgements (exact p = 0.5966)"));
        Assert.That(text, Does.Contain("The sides do not seem to have been randomised"));
    }

    [Test]
    public void The_annotator_who_clicks_left_without_reading_is_named_and_leaving_them_out_is_recorded()
    {
        var judgements = Crowd();
        var report = QualityReport.Of(judgements);
        FindingKind[] kinds = [.. report.Findings.Where(f => f.Annotators.SequenceEqual(["hasty"])).Select(f => f.Kind).Distinct()];
        Assert.That(kinds, Is.SupersetOf(new[] { FindingKind.Speed, FindingKind.Gold, FindingKind.Position }));
        Assert.That(report.ToText(), Does.Contain("(exact p < 0.0001)"));
        var hasty = report.Annotators.Single(a => a.Name == "hasty");
        Assert.That(hasty.ModelAccuracy.Required, Is.LessThan(0.75));
        Assert.That(hasty.Position.FirstShare.Required, Is.EqualTo(1));
        Assert.That(report.Annotators.Where(a => a != hasty).Select(a => a.ModelAccuracy.Required), Is.All.GreaterThan(0.85));

        var (kept, record) = Dropping.Annotators(judgements, ["hasty"], "faster than anyone reads");
        Assert.That(kept, Has.Count.EqualTo(judgements.Count - 120));
        Assert.That((record.AnnotatorsBefore, record.AnnotatorsAfter, record.ItemsBefore, record.ItemsAfter), Is.EqualTo((4, 3, 120, 120)));
        Assert.That(record.AlphaBefore.Required, Is.EqualTo(report.Alpha.Required));
        Assert.That(record.AlphaAfter.Required, Is.GreaterThan(report.Alpha.Required + 0.2));
        Assert.That(
            record.ToString(),
            Does.StartWith("120 of 480 judgements left out (faster than anyone reads): annotators 4 to 3, items 120 to 120, alpha 0."));
        Assert.That(QualityReport.Of(kept).Findings.Where(f => f.Severity > FindingSeverity.Note && f.Annotators.Count > 0), Is.Empty);
    }

    // Exact p of 17 of 22: 2 (26334 + 7315 + 1540 + 231 + 22 + 1) / 2^22 = 0.0169; of 12 of 22: 0.83.
    [TestCase(17, "(exact p = 0.0169): less even than chance usually makes it, but this report speaks of a preference for a side only below p = 0.01.")]
    [TestCase(12, "(exact p = 0.8318): no sign of a preference for a side.")]
    [TestCase(20, "(exact p = 0.0001): people choose by side, or one side was better.")]
    public void What_is_said_of_the_side_follows_the_level_and_names_it_where_the_interval_looks_otherwise(int first, string sentence)
    {
        var report = QualityReport.Of([.. Enumerable.Range(0, 22).Select(i => new QualityJudgement
        {
            Prompt = $"p{i}", Item = $"p{i}", Annotator = "x", Label = "first", ChosenPosition = i < first ? 0 : 1,
        })]);
        Assert.That(report.ToText(), Does.Contain(sentence));
    }

    [Test]
    public void Tests_of_annotators_say_their_level_and_adjustment_and_times_of_nothing_whose_they_are()
    {
        var text = QualityReport.Of([.. Crowd().Select(j => j.Annotator == "hasty" ? j with { Seconds = 0 } : j)]).ToText();
        Assert.That(text, Does.Contain("These annotators favour a side (p below 0.01 after Benjamini and Hochberg's adjustment for 4 annotators): hasty (100 %"));
        Assert.That(text, Does.Contain("120 of 480 times are 0 s, which is not measurable").And.Contain("(hasty: 120)"));
    }

    [Test]
    public void Strengths_and_swaps_of_the_candidates_are_reported()
    {
        var report = QualityReport.Of(Crowd());
        Assert.That(report.Candidates, Is.EqualTo(new[] { "large", "small" }));
        Assert.That(report.Strengths!.Difference(0, 1).Low, Is.GreaterThan(0));
        Assert.That(report.Swap.BothOrders, Is.Zero);
        Assert.That(report.Swap.Consistent.IsDefined, Is.False);
    }

    [Test]
    public void Circles_repeats_and_skips_are_found()
    {
        QualityJudgement Pair(string a, string b, int winner) => new()
        {
            Prompt = "p",
            Item = $"{a}{b}",
            Annotator = "x",
            Label = winner == 0 ? "first" : "second",
            FirstCandidate = a,
            SecondCandidate = b,
            Winner = winner,
        };
        QualityJudgement[] judgements =
        [
            Pair("A", "B", 0), Pair("B", "C", 0), Pair("A", "C", 1), Pair("A", "D", 0), Pair("A", "D", 0),
            new() { Prompt = "p", Item = "q", Annotator = "x" },
        ];
        var cycle = PreferenceCycles.Find(judgements).Single();
        Assert.That(cycle.Candidates, Is.EqualTo(new[] { "A", "B", "C" }));
        Assert.That(cycle.Items, Is.EquivalentTo(new[] { "AB", "BC", "AC" }));
        var report = QualityReport.Of(judgements);
        Assert.That(report.Skipped, Is.EqualTo(1));
        Assert.That(
            report.Findings.Select(f => f.Kind), Is.SupersetOf(new[] { FindingKind.Cycles, FindingKind.Repeats, FindingKind.Skipped }));
        Assert.That(
            report.Findings.Single(f => f.Kind == FindingKind.Skipped).Sentence,
            Is.EqualTo("1 of 6 judgements were skipped, 16.7 % (95 % interval 3 to 56.4)."));
        Assert.That(report.ToText(), Does.Contain("Of all triads that one person compared completely, 100 % are circles; dice give 25 %."));
    }

    [Test]
    public void Who_skips_everything_is_in_the_table_and_named_and_so_is_what_is_skipped()
    {
        QualityJudgement Of(string who, string item, string? label) => new() { Prompt = item, Item = item, Annotator = who, Label = label };
        var report = QualityReport.Of(
        [
            .. Enumerable.Range(0, 20).Select(i => Of("ana", $"i{i}", i % 2 == 0 ? "first" : "second")),
            .. Enumerable.Range(0, 20).Select(i => Of("bo", $"i{i}", i == 7 ? null : i % 3 == 0 ? "first" : "second")),
            .. Enumerable.Range(0, 20).Select(i => Of("lazy", $"i{i}", null)),
        ]);
        Assert.That(report.Annotators.Select(a => (a.Name, a.Judgements, a.Skipped)), Is.EqualTo(
            new[] { ("ana", 20, 0), ("bo", 19, 1), ("lazy", 0, 20) }));
        Assert.That(report.Annotators[2].Agreement.UndefinedReason, Is.EqualTo("the annotator skipped everything"));
        var skipped = report.Findings.Single(f => f.Kind == FindingKind.Skipped);
        Assert.That(skipped.Sentence, Does.EndWith("It rests on lazy (20 of 20)."));
        Assert.That(skipped.Annotators, Is.EqualTo(new[] { "lazy" }));
        Assert.That(skipped.Items[0], Is.EqualTo("i7"), "the one that two skipped");
        var alone = QualityReport.Of([Of("ana", "i", "first"), Of("lazy", "i", null)]);
        Assert.That(alone.ToText(), Does.Contain("from one annotator"), "one who answers and one who does not are one");
    }

    [Test]
    public void The_share_of_circles_counts_whole_triads_by_prompt()
    {
        QualityJudgement Pair(string who, string prompt, string a, string b, int winner) => new()
        {
            Prompt = prompt, Item = a + b, Annotator = who, Label = "x", FirstCandidate = a, SecondCandidate = b, Winner = winner,
        };
        // ana on p: A > B > C > A, a circle. bo on p: A > B > C, A > C, none. ana on q: no word on A and C, no triad. bo on r: A and B
        // even after two judgements, no triad.
        QualityJudgement[] judgements =
        [
            Pair("ana", "p", "A", "B", 0), Pair("ana", "p", "B", "C", 0), Pair("ana", "p", "C", "A", 0),
            Pair("bo", "p", "B", "A", 1), Pair("bo", "p", "B", "C", 0), Pair("bo", "p", "A", "C", 0),
            Pair("ana", "q", "A", "B", 0), Pair("ana", "q", "B", "C", 0), Pair("ana", "q", "B", "C", 0),
            Pair("bo", "r", "A", "B", 0), Pair("bo", "r", "A", "B", 1), Pair("bo", "r", "B", "C", 0), Pair("bo", "r", "A", "C", 0),
        ];
        Assert.That(PreferenceCycles.CircularShare(judgements).ToString(), Is.EqualTo("0.5000"), "one of two, on one prompt");
        Assert.That(PreferenceCycles.CircularShare(judgements[6..]).UndefinedReason, Does.Contain("three candidates"));
        var more = Enumerable.Range(0, 40).SelectMany(i => judgements[..3].Select((j, at) => j with { Prompt = $"p{i}", Winner = at == 2 && i >= 10 ? 1 : 0 }));

        // 10 of 40 prompts: as Wilson for 10 of 36.6, 39 (1.960 / 2.023)^2.
        var share = PreferenceCycles.CircularShare(more);
        Assert.That(share.Required, Is.EqualTo(0.25));
        Assert.That(share.Low, Is.EqualTo(0.1382).Within(5e-5));
        Assert.That(share.High, Is.EqualTo(0.4093).Within(5e-5));
    }

    [Test]
    public void One_persons_second_look_is_not_agreement()
    {
        QualityJudgement Of(string who, string label, bool swapped) =>
            new() { Prompt = "p", Item = "i", Annotator = who, Label = label, Swapped = swapped };
        var report = QualityReport.Of([Of("x", "first", false), Of("x", "first", true)]);
        Assert.That(report.OverlapItems, Is.Zero);
        Assert.That(report.PercentAgreement.IsDefined, Is.False);
        Assert.That(report.Findings.Select(f => f.Kind), Has.No.Member(FindingKind.Repeats));
    }

    [Test]
    public void Ordered_labels_need_their_numbers()
    {
        QualityJudgement Of(string who, string label) => new() { Prompt = "p", Item = "i", Annotator = who, Label = label };
        var options = new QualityOptions { MeasurementLevel = MeasurementLevel.Ordinal };
        Assert.That(() => QualityReport.Of([Of("x", "good")], options), Throws.ArgumentException.With.Message.Contains("LabelValues"));
        var values = new Dictionary<string, double> { ["bad"] = 1 };
        Assert.That(
            () => QualityReport.Of([Of("x", "good")], options with { LabelValues = values }),
            Throws.ArgumentException.With.Message.Contains("'good'"));
    }

    [Test]
    public void Nothing_is_said_to_be_nothing()
    {
        var report = QualityReport.Of(Array.Empty<QualityJudgement>());
        Assert.That(report.Findings.Single().Kind, Is.EqualTo(FindingKind.NoJudgements));
        Assert.That(report.Alpha.IsDefined, Is.False);
        Assert.That(() => Dropping.Annotators([], ["ghost"], "none"), Throws.ArgumentException.With.Message.Contains("'ghost'"));
    }

    /// <summary>
    /// Three readers who are right nine times of ten, and one who clicks what stands first in two seconds; 60 gold items of 120.
    /// </summary>
    private static List<QualityJudgement> Crowd()
    {
        var (random, judgements) = (new RandomNumbers(11), new List<QualityJudgement>());
        for (var i = 0; i < 120; i++)
        {
            var better = random.NextDouble() < 0.7 ? 0 : 1;
            foreach (var who in new[] { "anna", "ben", "cleo", "hasty" })
            {
                var swapped = random.NextDouble() < 0.5;
                var winner = who == "hasty" ? (swapped ? 1 : 0) : random.NextDouble() < 0.93 ? better : 1 - better;
                judgements.Add(new()
                {
                    Prompt = $"p{i / 2}", Item = $"i{i}", Annotator = who, Label = winner == 0 ? "first" : "second", Winner = winner,
                    GoldLabel = i % 2 == 0 ? (better == 0 ? "first" : "second") : null, Swapped = swapped,
                    ChosenPosition = winner == (swapped ? 1 : 0) ? 0 : 1, FirstCandidate = "large", SecondCandidate = "small",
                    Words = 90, Seconds = who == "hasty" ? 2 : 25 + (20 * random.NextDouble()),
                });
            }
        }

        return judgements;
    }
}
