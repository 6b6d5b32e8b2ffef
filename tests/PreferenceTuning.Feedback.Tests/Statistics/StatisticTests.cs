using System.Diagnostics;
using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>The undefined, the wrong input, the generator, and speed.</summary>
[TestFixture]
public sealed class StatisticTests
{
    [Test]
    public void An_undefined_statistic_gives_its_reason_and_no_number()
    {
        var kappa = CohenKappa.FromTable(new double[,] { { 17, 0 }, { 0, 0 } }).Kappa;
        Assert.That(kappa.Value, Is.Null);
        Assert.That(kappa.ToString(), Does.StartWith("undefined: ").And.Contain("one and the same category"));
        Assert.That(() => kappa.Required, Throws.InvalidOperationException.With.Message.Contains("one and the same category"));
        Assert.That(() => Statistic.Of(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_statistic_prints_value_and_interval() =>
        Assert.That(Proportion.Wilson(18, 32).ToString(), Is.EqualTo("0.5625 (95 % 0.3933 to 0.7183)"));

    [Test]
    public void Wrong_input_is_named()
    {
        Assert.That(() => CohenKappa.FromTable(new double[2, 3]), Throws.ArgumentException.With.Message.Contains("2 x 3"));
        Assert.That(() => CohenKappa.FromRatings([0, 1], [0], 2), Throws.ArgumentException.With.Message.Contains("1 entries"));
        Assert.That(() => new LabelTable([0, 5], [0, 0], [0, 0], 2, 1, 1), Throws.InstanceOf<ArgumentException>().With.Message.Contains("'items'[1]"));
        Assert.That(() => BradleyTerry.Fit(PairwiseCounts.FromComparisons(2, [(0, 1)], [(0, 1)])), Throws.ArgumentException.With.Message.Contains("1 ties"));
        Assert.That(() => Tournament.Analyze(new bool[2, 2]), Throws.ArgumentException.With.Message.Contains("exactly one winner"));
        Assert.That(() => Proportion.Wilson(3, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void An_item_that_never_loses_is_found_before_fitting()
    {
        var counts = PairwiseCounts.FromComparisons(3, [(0, 1), (1, 2), (2, 1)]);
        var fit = BradleyTerry.Fit(counts);
        Assert.That(fit.IsDefined, Is.False);
        Assert.That(fit.Components, Is.EqualTo(new[] { new[] { 0 }, [1, 2] }));
        Assert.That(fit.Strength(0).UndefinedReason, Does.Contain("2 groups"));
        Assert.That(BradleyTerry.Fit(counts, new() { Prior = 0.1 }).LogAbilities[0], Is.GreaterThan(0));
    }

    [Test]
    public void Models_with_ties_fall_back_to_Bradley_and_Terry_where_there_is_none()
    {
        var counts = PairwiseCounts.FromComparisons(2, [(0, 1), (0, 1), (1, 0)]);
        Assert.That(TieModels.Davidson(counts).TieParameter.Required, Is.Zero);
        Assert.That(TieModels.RaoKupper(counts).TieParameter.Required, Is.EqualTo(1));
        Assert.That(TieModels.Davidson(counts).Difference(0, 1).Required, Is.EqualTo(Math.Log(2)).Within(1e-9));
        Assert.That(TieModels.Davidson(PairwiseCounts.FromComparisons(2, [], [(0, 1)])).UndefinedReason, Does.Contain("every comparison is a tie"));
    }

    [Test]
    public void The_generator_gives_its_published_numbers()
    {
        // SplitMix64 from 1234567, the reference values of its authors.
        ulong state = 1234567;
        Assert.That(
            new[] { RandomNumbers.SplitMix(ref state), RandomNumbers.SplitMix(ref state), RandomNumbers.SplitMix(ref state) },
            Is.EqualTo(new[] { 6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL }));
    }

    [Test]
    public void The_generator_is_even_and_repeats()
    {
        var (random, counts) = (new RandomNumbers(7), new int[6]);
        for (var i = 0; i < 60_000; i++)
        {
            counts[random.Next(6)]++;
        }

        // Binomial(60000, 1/6) has a standard deviation of 91.
        Assert.That(counts, Is.All.InRange(10_000 - 400, 10_000 + 400));
        Assert.That(new RandomNumbers(7).NextDouble(), Is.EqualTo(new RandomNumbers(7).NextDouble()));
        Assert.That(new RandomNumbers(7).NextBits(), Is.Not.EqualTo(new RandomNumbers(8).NextBits()));
    }

    [Test]
    public void A_quarter_of_a_million_tasks_take_seconds()
    {
        var table = Simulated(250_000, 3, 60, 3);
        var watch = Stopwatch.StartNew();
        var alpha = KrippendorffAlpha.Compute(ValueTable.FromAnswers(table), MeasurementLevel.Ordinal);
        var fleiss = FleissKappa.FromAnswers(table);
        var pairs = CohenKappa.OfAllPairs(table);
        var model = DawidSkene.Fit(table, new() { MaxRounds = 30, Tolerance = -1 });
        TestContext.Out.WriteLine($"{watch.Elapsed.TotalSeconds:0.00} s");

        // Each says the truth with 0.7, else any label: right with 0.8; two agree with 0.8² + 2·0.1².
        Assert.That(PercentAgreement.Compute(table).Required, Is.EqualTo(0.66).Within(0.005));
        Assert.That(fleiss.Kappa.Required, Is.EqualTo(0.49).Within(0.01));
        Assert.That(alpha.Required, Is.GreaterThan(0.4));
        Assert.That(pairs, Has.Count.EqualTo(60 * 59 / 2));
        Assert.That(model.Accuracy(0), Is.EqualTo(0.8).Within(0.02));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)));
    }

    private static LabelTable Simulated(int items, int each, int people, int labels)
    {
        var (random, item, who, what) = (new RandomNumbers(3), new int[items * each], new int[items * each], new int[items * each]);
        for (var i = 0; i < items; i++)
        {
            var (truth, first) = (random.Next(labels), random.Next(people));
            for (var a = 0; a < each; a++)
            {
                var place = (i * each) + a;
                (item[place], who[place]) = (i, (first + (a * (1 + random.Next(19)))) % people);
                what[place] = random.NextDouble() < 0.7 ? truth : random.Next(labels);
            }
        }

        return new(item, who, what, items, people, labels);
    }
}
