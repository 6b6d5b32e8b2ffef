using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>Worked examples from the papers and manuals.</summary>
[TestFixture]
public sealed class PublishedAgreementTests
{
    [Test]
    public void Cohen_of_the_textbook_table_is_four_tenths()
    {
        // p_o = 35/50, p_e = (25·30 + 25·20)/2500 = 0.5 => (0.7 - 0.5)/0.5.
        Assert.That(CohenKappa.FromTable(new double[,] { { 20, 5 }, { 10, 15 } }).Kappa.Required, Is.EqualTo(0.4).Within(1e-12));
    }

    [Test]
    public void Cohen_1968_weighted_and_unweighted()
    {
        double[,] table = { { 88, 14, 18 }, { 10, 40, 10 }, { 2, 6, 12 } };
        var plain = CohenKappa.FromTable(table);
        Assert.That(plain.ObservedAgreement, Is.EqualTo(0.7).Within(1e-12));
        Assert.That(plain.Kappa.Required, Is.EqualTo(0.492).Within(5e-4));
        var weighted = CohenKappa.FromTable(table, new double[,] { { 0, 1, 3 }, { 1, 0, 6 }, { 3, 6, 0 } });
        Assert.That(weighted.Kappa.Required, Is.EqualTo(0.348).Within(5e-4));
    }

    [Test]
    public void Cohen_of_the_SAS_manual_with_its_standard_errors()
    {
        double[,] table = { { 0, 4, 1 }, { 0, 8, 0 }, { 0, 1, 5 } };
        var plain = CohenKappa.FromTable(table);
        Assert.That(plain.Kappa.Required, Is.EqualTo(0.4842).Within(5e-5));
        Assert.That(plain.Kappa.StandardError, Is.EqualTo(0.1380).Within(5e-5));
        Assert.That(plain.Kappa.Low, Is.EqualTo(0.2137).Within(5e-5));
        Assert.That(plain.Kappa.High, Is.EqualTo(0.7547).Within(5e-5));
        Assert.That(plain.Z.Required, Is.EqualTo(3.2626).Within(5e-5));
        var linear = CohenKappa.FromTable(table, DisagreementWeights.Linear(3));
        Assert.That(linear.Kappa.Required, Is.EqualTo(0.4701).Within(5e-5));
        Assert.That(linear.Kappa.StandardError, Is.EqualTo(0.1457).Within(5e-5));
        Assert.That(CohenKappa.FromTable(table, DisagreementWeights.Quadratic(3)).Kappa.Required, Is.EqualTo(0.4502).Within(5e-5));
    }

    [Test]
    public void Cohen_of_the_scikit_learn_examples()
    {
        int[] first = [.. Times(40, 0), .. Times(60, 1)];
        int[] second = [.. Times(20, 0), .. Times(20, 1), .. Times(10, 0), .. Times(50, 1)];
        Assert.That(CohenKappa.FromRatings(first, second, 2).Kappa.Required, Is.EqualTo(0.3478).Within(5e-5));
        first = [.. Times(46, 0), .. Times(44, 1), .. Times(10, 2)];
        second = [.. Times(52, 0), .. Times(32, 1), .. Times(16, 2)];
        Assert.That(CohenKappa.FromRatings(first, second, 3).Kappa.Required, Is.EqualTo(0.8013).Within(5e-5));
    }

    [Test]
    public void Fleiss_1971_psychiatric_diagnoses()
    {
        string[] subjects =
        [
            "444444", "222555", "233335", "555555", "222444", "113333", "333355", "113334", "114444", "555555", "144444", "124444", "222333",
            "144444", "224445", "333335", "111455", "111112", "224444", "133555", "555555", "244444", "224555", "114444", "144445", "222224",
            "111155", "224444", "133333", "555555",
        ];
        var counts = new int[subjects.Length, 5];
        for (var i = 0; i < subjects.Length; i++)
        {
            foreach (var diagnosis in subjects[i])
            {
                counts[i, diagnosis - '1']++;
            }
        }

        var result = FleissKappa.FromCounts(counts);
        Assert.That(result.ObservedAgreement, Is.EqualTo(0.5556).Within(5e-5));
        Assert.That(result.ExpectedAgreement, Is.EqualTo(0.2199).Within(5e-5));
        Assert.That(result.Kappa.Required, Is.EqualTo(0.4302).Within(5e-5));
        Assert.That(result.Z.Required, Is.EqualTo(17.65).Within(5e-3));
        Assert.That(
            result.CategoryKappas.Select(k => Math.Round(k.Required, 4)), Is.EqualTo(new[] { 0.2448, 0.2448, 0.52, 0.4711, 0.5661 }));
    }

    [Test]
    public void Fleiss_of_the_Wikipedia_table()
    {
        var result = FleissKappa.FromCounts(new[,]
        {
            { 0, 0, 0, 0, 14 }, { 0, 2, 6, 4, 2 }, { 0, 0, 3, 5, 6 }, { 0, 3, 9, 2, 0 }, { 2, 2, 8, 1, 1 },
            { 7, 7, 0, 0, 0 }, { 3, 2, 6, 3, 0 }, { 2, 5, 3, 2, 2 }, { 6, 5, 2, 1, 0 }, { 0, 2, 2, 3, 7 },
        });
        Assert.That(result.ObservedAgreement, Is.EqualTo(0.3780).Within(5e-5));
        Assert.That(result.ExpectedAgreement, Is.EqualTo(0.2128).Within(5e-5));
        Assert.That(result.Kappa.Required, Is.EqualTo(0.2099).Within(5e-5));
    }

    [TestCase(new[] { 7, 1, 3, 5 }, 2, 0.161905, 0.214286)]
    [TestCase(new[] { 6, 1, 0, 0, 7, 0 }, 3, 0.708333, 0.785714)]
    public void Randolph_against_Fleiss(int[] cells, int categories, double fleiss, double randolph)
    {
        var counts = new int[2, categories];
        Buffer.BlockCopy(cells, 0, counts, 0, cells.Length * sizeof(int));
        Assert.That(FleissKappa.FromCounts(counts).Kappa.Required, Is.EqualTo(fleiss).Within(1e-6));
        Assert.That(FleissKappa.FromCounts(counts).Randolph.Required, Is.EqualTo(randolph).Within(1e-6));
    }

    [TestCase(MeasurementLevel.Nominal, 0.743)]
    [TestCase(MeasurementLevel.Ordinal, 0.815)]
    [TestCase(MeasurementLevel.Interval, 0.849)]
    [TestCase(MeasurementLevel.Ratio, 0.797)]
    public void Krippendorff_of_his_own_data(MeasurementLevel level, double published)
    {
        var table = Values("1233214 12***", "123322412 5*3", "*333234 22 51*", "123324412 51*");
        Assert.That(KrippendorffAlpha.Compute(table, level).Required, Is.EqualTo(published).Within(5e-4));
    }

    [Test]
    public void Krippendorff_of_the_binary_example()
    {
        Assert.That(
            KrippendorffAlpha.Compute(Values("0100000010", "1110010000"), MeasurementLevel.Nominal).Required, Is.EqualTo(0.095).Within(5e-4));
    }

    [TestCase(MeasurementLevel.Nominal, 0.691358)]
    [TestCase(MeasurementLevel.Interval, 0.810845)]
    [TestCase(MeasurementLevel.Ordinal, 0.806721)]
    public void Krippendorff_of_the_Wikipedia_example(MeasurementLevel level, double published)
    {
        var table = Values("*****34121133*3", "1*213343*******", "**21344*21133*4");
        Assert.That(KrippendorffAlpha.Compute(table, level).Required, Is.EqualTo(published).Within(5e-7));
    }

    [TestCase(81, 263, 0.2553, 0.3662)]
    [TestCase(15, 148, 0.0624, 0.1605)]
    [TestCase(0, 20, 0, 0.1611)]
    [TestCase(1, 29, 0.0061, 0.1718)]
    public void Newcombe_1998_score_intervals(int count, int total, double low, double high)
    {
        var interval = Proportion.Wilson(count, total);
        Assert.That(interval.Low, Is.EqualTo(low).Within(5e-5));
        Assert.That(interval.High, Is.EqualTo(high).Within(5e-5));
    }

    [Test]
    public void Efron_law_school_bootstrap()
    {
        double[] lsat = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594];
        double[] gpa = [3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96];
        double? Correlation(ReadOnlySpan<int> drawn)
        {
            var rows = drawn.ToArray();
            return RankCorrelation.Pearson(rows.Select(i => lsat[i]).ToArray(), rows.Select(i => gpa[i]).ToArray()).Statistic.Value;
        }

        var all = Enumerable.Range(0, 15).ToArray();
        var deleted = all.Select(left => Correlation(all.Where(i => i != left).ToArray())!.Value).ToArray();
        Assert.That(Correlation(all), Is.EqualTo(0.776374).Within(5e-7));
        Assert.That(Jackknife.StandardError(deleted), Is.EqualTo(0.142519).Within(5e-7));
        Assert.That(Jackknife.Acceleration(deleted), Is.EqualTo(-0.075672).Within(5e-7));
        var interval = ClusterBootstrap.BiasCorrected(15, Correlation, new() { Resamples = 20_000, Seed = 1 });
        Assert.That(interval.StandardError, Is.InRange(0.125, 0.140));
        Assert.That(
            interval, Is.EqualTo(ClusterBootstrap.BiasCorrected(15, Correlation, new() { Resamples = 20_000, Seed = 1 })), "same seed");
        Assert.That(interval, Is.Not.EqualTo(ClusterBootstrap.BiasCorrected(15, Correlation, new() { Resamples = 20_000, Seed = 2 })));
    }

    private static IEnumerable<int> Times(int count, int value) => Enumerable.Repeat(value, count);

    private static ValueTable Values(params string[] raters) => ValueTable.FromMatrix(
        [.. raters.Select(row => (IReadOnlyList<double?>)[.. row.Where(c => c != ' ').Select(c => c == '*' ? (double?)null : c - '0')])]);
}
