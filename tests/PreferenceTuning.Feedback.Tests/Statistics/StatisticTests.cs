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
    public void A_share_of_clusters_that_hold_one_case_each_is_nearly_Wilsons()
    {
        // 19 of 20: variance 0.95 * 0.05 / 19, so 19 cases, times (1.95996 / 2.09302)^2 = 16.661.
        var share = Proportion.Clustered(Enumerable.Range(0, 20).Select(i => (i == 7 ? 0.0 : 1.0, 1.0)));
        Assert.That(share.Required, Is.EqualTo(0.95).Within(1e-12));
        Assert.That(share.Low, Is.EqualTo(0.7392).Within(5e-4));
        Assert.That(share.High, Is.EqualTo(0.9922).Within(5e-4), "the usual 0.95 +- 0.098 would be more than everything");
    }

    [Test]
    public void A_share_of_clusters_knows_that_their_cases_hang_together()
    {
        // Ten clusters of nine cases that are all alike: ten cases, not ninety.
        var together = Proportion.Clustered(Enumerable.Range(0, 10).Select(i => (i < 6 ? 9.0 : 0.0, 9.0)));
        Assert.That(together.Low, Is.LessThan(Proportion.Wilson(6, 10).Low!.Value));
        var alike = Proportion.Clustered(Enumerable.Range(0, 10).Select(_ => (9.0, 9.0)));
        Assert.That(alike.Low, Is.EqualTo(10 / (10 + (1.959964 * 1.959964))).Within(1e-6), "Wilson for ten of ten: n / (n + z^2)");
        Assert.That(alike.High, Is.EqualTo(1));
        Assert.That(Proportion.Clustered([(2, 3)]).Confidence, Is.Null, "one cluster");
        Assert.That(Proportion.Clustered([(0, 0)]).IsDefined, Is.False);
        Assert.That(() => Proportion.Clustered([(4, 3), (1, 2)]), Throws.ArgumentException);
    }

    [TestCase(5, null, null)]
    [TestCase(6, 1, 6)]
    [TestCase(10, 2, 9)]
    [TestCase(20, 6, 15)]
    public void A_median_lies_between_two_data_points(int count, int? low, int? high)
    {
        // P(Binomial(10, 1/2) < 2) = 11 / 1024 = 0.011, < 3: 0.055; of 5, < 1: 1 / 32 = 0.031; of 20, < 6: 0.021, < 7: 0.058.
        var median = Quantiles.MedianWithInterval([.. Enumerable.Range(1, count).Reverse().Select(x => (double)x)]);
        Assert.That(median.Required, Is.EqualTo((count + 1) / 2.0));
        Assert.That((median.Low, median.High), Is.EqualTo(((double?)low, (double?)high)));
    }

    [Test]
    public void Three_items_on_which_all_agree_do_not_make_agreement_certain()
    {
        var table = new LabelTable([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 0], 3, 2, 2);
        Assert.That(PercentAgreement.Compute(table).ToString(), Is.EqualTo("1.0000 (95 % 0.4385 to 1.0000)"), "3 / (3 + 1.96^2)");
        Assert.That(KrippendorffAlpha.Compute(ValueTable.FromAnswers(table), MeasurementLevel.Nominal).ToString(), Is.EqualTo("1.0000"));
        int[] items = [.. Enumerable.Range(0, 40).Select(i => i / 2)];
        var one = new LabelTable(
            items, [.. items.Select((_, i) => i % 2)], [.. items.Select((item, i) => i == 1 ? 1 : item % 2)], 20, 2, 2);
        var alpha = KrippendorffAlpha.Compute(ValueTable.FromAnswers(one), MeasurementLevel.Nominal);
        Assert.That(alpha.High, Is.EqualTo(1), "no agreement is more than perfect");
        Assert.That(alpha.Low, Is.EqualTo(alpha.Required - (1.959964 * alpha.StandardError!.Value)).Within(1e-6));
    }

    [Test]
    public void Wrong_input_is_named()
    {
        Assert.That(() => CohenKappa.FromTable(new double[2, 3]), Throws.ArgumentException.With.Message.Contains("2 x 3"));
        Assert.That(() => CohenKappa.FromRatings([0, 1], [0], 2), Throws.ArgumentException.With.Message.Contains("1 entries"));
        Assert.That(
            () => new LabelTable([0, 5], [0, 0], [0, 0], 2, 1, 1),
            Throws.InstanceOf<ArgumentException>().With.Message.Contains("'items'[1]"));
        Assert.That(
            () => BradleyTerry.Fit(PairwiseCounts.FromComparisons(2, [(0, 1)], [(0, 1)])),
            Throws.ArgumentException.With.Message.Contains("1 ties"));
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
        Assert.That(
            TieModels.Davidson(PairwiseCounts.FromComparisons(2, [], [(0, 1)])).UndefinedReason, Does.Contain("every comparison is a tie"));
    }

    [Test]
    public void Annotators_who_do_not_read_are_found_by_the_noisy_model()
    {
        // Item 0 beats 1 beats 2; annotators 0 and 1 read, annotator 2 always says left.
        var (random, rows) = (new RandomNumbers(5), new List<SidedComparison>());
        for (var i = 0; i < 300; i++)
        {
            var (a, b) = (random.Next(3), random.Next(2));
            b = b >= a ? b + 1 : b;
            var better = random.NextDouble() < 0.8 ? Math.Min(a, b) : Math.Max(a, b);
            rows.Add(new(i % 3, a, b, i % 3 == 2 || better == a));
        }

        var fit = NoisyBradleyTerry.Fit(3, 3, rows);
        Assert.That(fit.Strengths, Is.Ordered.Descending);
        Assert.That(fit.Reliability[2], Is.LessThan(fit.Reliability[0]).And.LessThan(fit.Reliability[1]));
        Assert.That(fit.LeftBias[2], Is.GreaterThan(2));
        var plain = BradleyTerry.Fit(
            PairwiseCounts.FromComparisons(3, rows.Select(r => r.LeftWon ? (r.Left, r.Right) : (r.Right, r.Left))));
        Assert.That(
            fit.Strengths[0] - fit.Strengths[2], Is.GreaterThan(plain.LogAbilities[0] - plain.LogAbilities[2]), "noise shrinks strengths");
    }

    [Test]
    public void Shuffled_Elo_does_not_depend_on_the_order_of_the_games()
    {
        EloGame[] games = [.. Enumerable.Range(0, 60).Select(i => new EloGame(0, 1, i < 40 ? 1 : 0))];
        var forward = Elo.Shuffled(2, games, 400, seed: 1);
        var backward = Elo.Shuffled(2, [.. games.Reverse()], 400, seed: 2);
        Assert.That(forward[0].Required, Is.EqualTo(backward[0].Required).Within(6));
        Assert.That(Elo.Run(2, games).Ratings[0], Is.LessThan(forward[0].Low!.Value), "in order the last twenty defeats count too much");
        Assert.That(forward[0].IntervalMethod, Does.Contain("orders"));
    }

    [Test]
    public void A_temperature_that_does_not_exist_is_undefined()
    {
        Assert.That(Calibration.Temperature([1, 2, -1], [true, true, false]).Temperature.UndefinedReason, Does.Contain("separate"));
        Assert.That(Calibration.Temperature([1, 2, -1], [false, false, true]).Temperature.UndefinedReason, Does.Contain("do not point"));
        Assert.That(Calibration.LogLoss([0], [true]).UndefinedReason, Does.Contain("infinite"));
        Assert.That(Calibration.UniformBins([], [], 3).ExpectedError.IsDefined, Is.False);
    }

    [Test]
    public void Tests_without_data_are_undefined()
    {
        TestResult[] results =
        [
            McNemarTest.Exact(0, 0), SampleTests.MannWhitney([], [1]), SampleTests.Wilcoxon([1, 2], [1, 2]), SampleTests.PairedT([1], [2]),
            SampleTests.PairedT([1, 2], [2, 3]), RankCorrelation.Pearson([1], [1]), KendallW.Compute(new double[1, 3]).Test,
        ];
        Assert.That(results.Select(r => r.PValue.IsDefined), Is.All.False);
        Assert.That(results.Select(r => r.PValue.UndefinedReason), Is.All.Not.Empty);
        Assert.That(Robust.ZScores([1, 1, 1, 5]).Scores[3].UndefinedReason, Does.Contain("more than half"));
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
