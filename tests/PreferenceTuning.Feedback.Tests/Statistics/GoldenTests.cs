using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>rank-and-tests.json: 1e-10.</summary>
internal static class GoldenTests
{
    private const double Tolerance = 1e-10;

    public static void RankCorrelationCase(JsonElement c)
    {
        var (x, y) = (c.GetProperty("x").Numbers(), c.GetProperty("y").Numbers());
        CheckTest(RankCorrelation.KendallTauB(x, y), c, "kendall_tau_b", "kendall_tau_b_p");
        CheckTest(RankCorrelation.KendallTauB(x, y, KendallP.Asymptotic), c, "kendall_tau_b", "kendall_tau_b_p_asymptotic");
        CheckTest(RankCorrelation.KendallTauB(x, y, KendallP.Exact), c, "kendall_tau_b", "kendall_tau_b_p_exact");
        Golden.Close(RankCorrelation.KendallTauC(x, y), c.GetProperty("kendall_tau_c"), Tolerance, "tau-c");
        CheckTest(RankCorrelation.Spearman(x, y), c, "spearman", "spearman_p");
        CheckTest(RankCorrelation.Pearson(x, y), c, "pearson", "pearson_p");
        Golden.Close(Ranks.Average(x), c.GetProperty("ranks_x_average").Numbers(), Tolerance, "ranks of x");
        Golden.Close(Ranks.Average(y), c.GetProperty("ranks_y_average").Numbers(), Tolerance, "ranks of y");
    }

    private static void CheckTest(TestResult actual, JsonElement c, string statistic, string p)
    {
        Golden.Close(actual.Statistic, c.GetProperty(statistic), Tolerance, statistic);
        Golden.Close(actual.PValue, c.GetProperty(p), Tolerance, p);
    }

    public static void KendallWCase(JsonElement c)
    {
        var result = KendallW.Compute(c.GetProperty("scores").Matrix());
        Golden.Close(result.Uncorrected, c.GetProperty("W_uncorrected"), Tolerance, "W");
        Golden.Close(result.W, c.GetProperty("W_tie_corrected"), Tolerance, "W corrected");
        Golden.Close(result.Test.Statistic, c.GetProperty("chi_square"), Tolerance, "chi-square");
        Golden.Close(result.Test.PValue, c.GetProperty("p"), Tolerance, "p");
        Assert.That(result.Test.Degrees, Is.EqualTo(c.GetProperty("degrees").Number()));
        Golden.Close(result.SumOfSquares, c.GetProperty("S").Number(), Tolerance, "S");
    }

    public static void MultipleTests(JsonElement c)
    {
        var p = c.GetProperty("p").Numbers();
        var hochberg = MultipleTesting.BenjaminiHochberg(p);
        Golden.Close(hochberg, c.GetProperty("bh_adjusted").Numbers(), Tolerance, "Benjamini-Hochberg");
        Golden.Close(hochberg, c.GetProperty("scipy_bh").Numbers(), Tolerance, "Benjamini-Hochberg of SciPy");
        Golden.Close(MultipleTesting.BenjaminiYekutieli(p), c.GetProperty("by_adjusted").Numbers(), Tolerance, "Benjamini-Yekutieli");
        Golden.Close(MultipleTesting.Holm(p), c.GetProperty("holm_adjusted").Numbers(), Tolerance, "Holm");
        Golden.Close(MultipleTesting.Bonferroni(p), c.GetProperty("bonferroni_adjusted").Numbers(), Tolerance, "Bonferroni");
        var alpha = c.GetProperty("alpha").Number();
        Assert.That(
            hochberg.Select(q => q <= alpha), Is.EqualTo(c.GetProperty("bh_rejected").EnumerateArray().Select(x => x.GetBoolean())));
    }

    public static void McNemar(JsonElement c)
    {
        var table = c.GetProperty("table").Counts();
        var (b, d) = (table[0, 1], table[1, 0]);
        Golden.Close(McNemarTest.Exact(b, d).PValue, c.GetProperty("exact_p"), Tolerance, "exact");
        CheckTest(McNemarTest.ChiSquare(b, d), c, "chi2", "chi2_p");
        CheckTest(McNemarTest.ChiSquareCorrected(b, d), c, "chi2_corrected", "chi2_corrected_p");
    }

    public static void TwoSamples(JsonElement c)
    {
        var (a, b) = (c.GetProperty("a").Numbers(), c.GetProperty("b").Numbers());
        CheckTest(SampleTests.MannWhitney(a, b), c, "mannwhitney_u", "mannwhitney_p");
        if (c.Has("wilcoxon_w", out _))
        {
            CheckTest(SampleTests.Wilcoxon(a, b), c, "wilcoxon_w", "wilcoxon_p");
        }

        if (c.Has("paired_t", out _))
        {
            CheckTest(SampleTests.PairedT(a, b), c, "paired_t", "paired_t_p");
        }
    }

    public static void RobustZ(JsonElement c)
    {
        var logs = c.GetProperty("seconds").Numbers().Select(x => Math.Log(x)).ToArray();
        var result = Robust.ZScores(logs);
        Golden.Close(result.Median, c.GetProperty("median_log").Number(), Tolerance, "median");
        Golden.Close(result.Deviation, c.GetProperty("mad_log").Number(), Tolerance, "median absolute deviation");
        Golden.Close(1.482602218505602 * result.Deviation, c.GetProperty("scipy_mad_scaled").Number(), Tolerance, "scaled deviation");

        // The stored z uses the rounded 1.4826 of the literature.
        var rounded = Robust.NormalScale / 1.4826;
        Golden.Close([.. result.Scores.Select(z => z.Required * rounded)], c.GetProperty("z_with_1.4826").Numbers(), Tolerance, "z");
    }
}
