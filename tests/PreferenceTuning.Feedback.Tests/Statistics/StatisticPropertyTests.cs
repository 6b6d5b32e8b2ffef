using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>What must hold for every input.</summary>
[TestFixture]
public sealed class StatisticPropertyTests
{
    private const long Runs = 300;

    private static readonly Gen<double[,]> Tables =
        from k in Gen.Int[2, 5]
        from cells in Gen.Int[0, 20].Array[k * k]
        select Square(cells, k);

    private static readonly Gen<LabelTable> Answers =
        from items in Gen.Int[2, 12]
        from people in Gen.Int[2, 5]
        from labels in Gen.Int[2, 4]
        from given in Gen.Int[-1, labels - 1].Array[items * people]
        select Table(given, items, people, labels);

    private static readonly Gen<PairwiseCounts> Comparisons =
        from n in Gen.Int[2, 6]
        from wins in Gen.Int[1, 9].Array[n * n]
        from ties in Gen.Int[1, 6].Array[n * n]
        select PairwiseCounts.FromMatrices(Square(wins, n), Symmetric(ties, n));

    [Test]
    public void Kappa_does_not_know_who_is_the_first_rater_or_what_categories_are_called() => Tables.Sample(table =>
    {
        var kappa = CohenKappa.FromTable(table).Kappa;
        var k = table.GetLength(0);
        var transposed = CohenKappa.FromTable(Fill(k, (i, j) => table[j, i])).Kappa;
        var renamed = CohenKappa.FromTable(Fill(k, (i, j) => table[(i + 1) % k, (j + 1) % k])).Kappa;
        Assert.That(transposed.IsDefined, Is.EqualTo(kappa.IsDefined));
        if (kappa.IsDefined)
        {
            Assert.That(transposed.Required, Is.EqualTo(kappa.Required).Within(1e-12));
            Assert.That(renamed.Required, Is.EqualTo(kappa.Required).Within(1e-12));
            Assert.That(renamed.StandardError, Is.EqualTo(kappa.StandardError).Within(1e-9));
            Assert.That(kappa.Required, Is.InRange(-1 - 1e-12, 1 + 1e-12));
        }
    }, iter: Runs);

    [Test]
    public void Two_categories_leave_nothing_to_weigh() => Gen.Int[1, 30].Array[4].Sample(cells =>
    {
        var table = Square(cells, 2);
        var plain = CohenKappa.FromTable(table).Kappa.Required;
        Assert.That(CohenKappa.FromTable(table, DisagreementWeights.Linear(2)).Kappa.Required, Is.EqualTo(plain).Within(1e-12));
        Assert.That(CohenKappa.FromTable(table, DisagreementWeights.Quadratic(2)).Kappa.Required, Is.EqualTo(plain).Within(1e-12));
    }, iter: Runs);

    [Test]
    public void Full_agreement_on_at_least_two_categories_is_one() =>
        Gen.Int[0, 3].Array[2, 20].Where(labels => labels.Distinct().Count() > 1).Sample(labels =>
        {
            var table = Table([.. labels.SelectMany(label => new[] { label, label, label })], labels.Length, 3, 4);
            Assert.That(CohenKappa.OfAllPairs(table).Select(p => p.Result.Kappa.Required), Is.All.EqualTo(1).Within(1e-12));
            Assert.That(FleissKappa.FromAnswers(table).Kappa.Required, Is.EqualTo(1).Within(1e-12));
            foreach (var level in Enum.GetValues<MeasurementLevel>())
            {
                Assert.That(KrippendorffAlpha.Compute(ValueTable.FromAnswers(table), level).Required, Is.EqualTo(1).Within(1e-12));
            }

            Assert.That(PercentAgreement.Compute(table).Required, Is.EqualTo(1));
        }, iter: Runs);

    [Test]
    public void Alpha_does_not_know_raters_labels_or_scale() => Answers.Sample(answers =>
    {
        var values = ValueTable.FromAnswers(answers);
        var shuffledLabels = ValueTable.FromAnswers(answers, [.. Enumerable.Range(0, answers.LabelCount).Select(l => (l * 7 % 5) + 1.0)]);
        Same(
            KrippendorffAlpha.Compute(values, MeasurementLevel.Nominal),
            KrippendorffAlpha.Compute(shuffledLabels, MeasurementLevel.Nominal));
        var rescaled = ValueTable.FromAnswers(answers, [.. Enumerable.Range(0, answers.LabelCount).Select(l => (3.0 * l) - 5)]);
        Same(KrippendorffAlpha.Compute(values, MeasurementLevel.Interval), KrippendorffAlpha.Compute(rescaled, MeasurementLevel.Interval));
        var bent = ValueTable.FromAnswers(answers, [.. Enumerable.Range(0, answers.LabelCount).Select(l => Math.Exp(l))]);
        Same(KrippendorffAlpha.Compute(values, MeasurementLevel.Ordinal), KrippendorffAlpha.Compute(bent, MeasurementLevel.Ordinal));
    }, iter: Runs);

    [Test]
    public void Alpha_is_what_the_definition_says_over_ordered_pairs() => Answers.Sample(answers =>
    {
        var alpha = KrippendorffAlpha.Compute(ValueTable.FromAnswers(answers), MeasurementLevel.Nominal);
        var units = Enumerable.Range(0, answers.ItemCount).Select(i => answers.LabelsOf(i).ToArray()).Where(u => u.Length > 1).ToArray();
        var all = units.SelectMany(u => u).ToArray();
        double n = all.Length;
        var observed = units.Sum(u => (from a in u from b in u where a != b select 1.0).Sum() / (u.Length - 1)) / n;
        var expected = (from a in all from b in all where a != b select 1.0).Sum() / (n * (n - 1));
        Assert.That(alpha.IsDefined, Is.EqualTo(expected > 0));
        if (alpha.IsDefined)
        {
            Assert.That(alpha.Required, Is.EqualTo(1 - (observed / expected)).Within(1e-12));
        }
    }, iter: Runs);

    [Test]
    public void The_jackknife_of_alpha_leaves_out_whole_clusters() => Gen.Select(Answers, Gen.Int[1, 4]).Sample((answers, size) =>
    {
        foreach (var level in new[] { MeasurementLevel.Nominal, MeasurementLevel.Interval, MeasurementLevel.Ratio })
        {
            var values = ValueTable.FromAnswers(answers, [.. Enumerable.Range(1, answers.LabelCount).Select(l => (double)l)]);
            var clusters = Enumerable.Range(0, answers.ItemCount).Select(i => i % size).ToArray();
            var alpha = KrippendorffAlpha.Compute(values, level, clusters: clusters);
            var used = clusters.Where((_, i) => values.ValuesOf(i).Length > 1).Distinct().ToArray();
            var deleted = used.Select(left => KrippendorffAlpha.Compute(Without(values, clusters, left), level).Value).ToArray();
            if (!alpha.IsDefined || used.Length < 2 || deleted.Contains(null))
            {
                Assert.That(alpha.StandardError, Is.Null);
                continue;
            }

            // Where leaving out changes nothing there is no interval.
            Assert.That(alpha.StandardError ?? 0, Is.EqualTo(Jackknife.StandardError(deleted.Select(d => d!.Value).ToArray())).Within(1e-9));
        }
    }, iter: Runs);

    [Test]
    public void Dawid_Skene_climbs_and_its_beliefs_are_probabilities() => Answers.Sample(answers =>
    {
        var before = double.NegativeInfinity;
        foreach (var rounds in new[] { 1, 2, 5, 20 })
        {
            var result = DawidSkene.Fit(answers, new() { MaxRounds = rounds, Tolerance = -1 });
            Assert.That(result.LogLikelihood, Is.GreaterThanOrEqualTo(before - 1e-7));
            before = result.LogLikelihood;
            for (var i = 0; i < answers.ItemCount; i++)
            {
                Assert.That(result.Items.Of(i).ToArray().Sum(), Is.EqualTo(1).Within(1e-12));
            }
        }
    }, iter: 100);

    [Test]
    public void Dawid_Skene_does_not_know_the_names_of_labels() => Answers.Sample(answers =>
    {
        var labels = answers.LabelCount;
        var items = new int[answers.AnswerCount];
        for (var i = 0; i < answers.ItemCount; i++)
        {
            items.AsSpan(answers.ItemStart[i]..answers.ItemStart[i + 1]).Fill(i);
        }

        var renamed = new LabelTable(
            items, answers.Annotators, answers.Labels.ToArray().Select(l => labels - 1 - l).ToArray(), answers.ItemCount, answers.AnnotatorCount, labels);
        var options = new EmOptions { MaxRounds = 5, Tolerance = -1 };
        var (plain, mirrored) = (DawidSkene.Fit(answers, options), DawidSkene.Fit(renamed, options));
        for (var i = 0; i < answers.ItemCount; i++)
        {
            Assert.That(mirrored.Items.Of(i).ToArray().Reverse(), Is.EqualTo(plain.Items.Of(i).ToArray()).Within(1e-6));
        }
    }, iter: 100);

    [Test]
    public void Strengths_meet_the_equations_of_the_likelihood() => Comparisons.Sample(counts =>
    {
        var halves = counts.WithTiesAsHalfWins();
        var fit = BradleyTerry.Fit(halves);
        var davidson = TieModels.Davidson(counts);
        var raoKupper = TieModels.RaoKupper(counts);
        Assert.That(new[] { fit.IsDefined, davidson.IsDefined, raoKupper.IsDefined }, Is.All.True);
        Assert.That(fit.LogAbilities.Sum(), Is.EqualTo(0).Within(1e-9));
        Assert.That(raoKupper.TieParameter.Required, Is.GreaterThan(1));

        // Bradley and Terry: wins = expected wins. Davidson: 2 wins + ties = the same of the model, and ties = expected ties.
        var (won, expectedWins, expectedTies) = (new double[counts.ItemCount], new double[counts.ItemCount], 0.0);
        for (var p = 0; p < counts.Pairs.Count; p++)
        {
            var (pair, half) = (counts.Pairs[p], halves.Pairs[p]);
            var n = pair.FirstWins + pair.SecondWins + pair.Ties;
            won[pair.First] += half.FirstWins - (n * fit.WinProbability(pair.First, pair.Second));
            var (a, b) = (Math.Exp(davidson.LogAbilities[pair.First]), Math.Exp(davidson.LogAbilities[pair.Second]));
            var tie = davidson.TieParameter.Required * Math.Sqrt(a * b);
            expectedTies += (n * tie / (a + b + tie)) - pair.Ties;
            expectedWins[pair.First] += pair.FirstWins + (pair.Ties / 2) - (n * (a + (tie / 2)) / (a + b + tie));
            won[pair.Second] += half.SecondWins - (n * fit.WinProbability(pair.Second, pair.First));
            expectedWins[pair.Second] += pair.SecondWins + (pair.Ties / 2) - (n * (b + (tie / 2)) / (a + b + tie));
        }

        Assert.That(won, Is.All.EqualTo(0).Within(1e-8));
        Assert.That(expectedWins, Is.All.EqualTo(0).Within(1e-8));
        Assert.That(expectedTies, Is.EqualTo(0).Within(1e-8));
    }, iter: Runs);

    [Test]
    public void Rankings_of_two_are_paired_comparisons() => Comparisons.Sample(counts =>
    {
        var rankings = counts.Pairs.SelectMany(p => Enumerable.Repeat(new[] { p.First, p.Second }, (int)p.FirstWins)
            .Concat(Enumerable.Repeat(new[] { p.Second, p.First }, (int)p.SecondWins))).ToArray();
        var decided = PairwiseCounts.FromComparisons(counts.ItemCount, rankings.Select(r => (r[0], r[1])));
        Assert.That(
            PlackettLuce.FitRankings(counts.ItemCount, rankings).LogAbilities, Is.EqualTo(BradleyTerry.Fit(decided).LogAbilities).Within(1e-9));
    }, iter: 100);

    [Test]
    public void Intervals_hold_the_share_and_shrink_with_confidence() =>
        Gen.Select(Gen.Int[1, 400], Gen.Double[0, 1]).Sample((total, share) =>
        {
            var count = (long)Math.Round(share * total);
            Func<long, long, double, Statistic>[] kinds =
                [Proportion.Wilson, Proportion.ClopperPearson, Proportion.AgrestiCoull, Proportion.WilsonCorrected, Proportion.Wald];
            foreach (var kind in kinds)
            {
                var (narrow, wide) = (kind(count, total, 0.8), kind(count, total, 0.99));
                Assert.That(narrow.Low, Is.LessThanOrEqualTo(narrow.Required + 1e-12).And.GreaterThanOrEqualTo(wide.Low!.Value - 1e-12));
                Assert.That(narrow.High, Is.GreaterThanOrEqualTo(narrow.Required - 1e-12).And.LessThanOrEqualTo(wide.High!.Value + 1e-12));
            }
        }, iter: Runs);

    [Test]
    public void Circular_triads_are_the_triples_that_go_round() =>
        (from n in Gen.Int[3, 8] from coins in Gen.Bool.Array[n * n] select (n, coins)).Sample(tournament =>
        {
            var (n, coins) = tournament;
            var beats = new bool[n, n];
            for (var i = 0; i < n; i++)
            {
                for (var j = i + 1; j < n; j++)
                {
                    (beats[i, j], beats[j, i]) = (coins[(i * n) + j], !coins[(i * n) + j]);
                }
            }

            var round = (from a in Enumerable.Range(0, n) from b in Enumerable.Range(0, n) from c in Enumerable.Range(0, n)
                         where beats[a, b] && beats[b, c] && beats[c, a] select 1).Count() / 3;
            Assert.That(Tournament.Analyze(beats).CircularTriads, Is.EqualTo(round).Within(1e-9));
        }, iter: Runs);

    private static ValueTable Without(ValueTable values, int[] clusters, int left)
    {
        var (units, numbers) = (new List<int>(), new List<double>());
        for (var u = 0; u < values.UnitCount; u++)
        {
            foreach (var value in clusters[u] == left ? [] : values.ValuesOf(u))
            {
                units.Add(u);
                numbers.Add(value);
            }
        }

        return ValueTable.FromPairs(units.ToArray(), numbers.ToArray(), values.UnitCount);
    }

    private static void Same(Statistic actual, Statistic expected)
    {
        Assert.That(actual.IsDefined, Is.EqualTo(expected.IsDefined));
        if (actual.IsDefined)
        {
            Assert.That(actual.Required, Is.EqualTo(expected.Required).Within(1e-12));
        }
    }

    private static double[,] Square(int[] cells, int k) => Fill(k, (i, j) => cells[(i * k) + j]);

    private static double[,] Symmetric(int[] cells, int k) => Fill(k, (i, j) => cells[(Math.Min(i, j) * k) + Math.Max(i, j)]);

    private static double[,] Fill(int k, Func<int, int, double> cell)
    {
        var matrix = new double[k, k];
        for (var i = 0; i < k; i++)
        {
            for (var j = 0; j < k; j++)
            {
                matrix[i, j] = cell(i, j);
            }
        }

        return matrix;
    }

    private static LabelTable Table(int[] given, int items, int people, int labels)
    {
        var rows = given.Select((label, cell) => (label, item: cell / people, who: cell % people)).Where(a => a.label >= 0).ToArray();
        return new(
            rows.Select(a => a.item).ToArray(), rows.Select(a => a.who).ToArray(), rows.Select(a => a.label).ToArray(), items, people,
            labels);
    }
}
