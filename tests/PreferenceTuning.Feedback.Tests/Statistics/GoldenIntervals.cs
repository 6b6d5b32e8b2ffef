using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>proportions.json 1e-9 (binom_test 1e-4), bootstrap.json 1e-12, calibration.json 1e-10 (temperature 1e-8).</summary>
internal static class GoldenIntervals
{
    public static void ProportionCase(JsonElement c)
    {
        var (count, total) = (c.GetProperty("count").GetInt64(), c.GetProperty("nobs").GetInt64());
        foreach (var method in c.GetProperty("intervals").EnumerateObject())
        {
            Func<long, long, double, Statistic> interval = method.Name switch
            {
                "normal" => Proportion.Wald,
                "agresti_coull" => Proportion.AgrestiCoull,
                "beta" => Proportion.ClopperPearson,
                "wilson" => Proportion.Wilson,
                "jeffreys" => Proportion.Jeffreys,
                "binom_test" => Proportion.InvertedTest,
                _ => throw new NotSupportedException($"Unknown interval '{method.Name}'."),
            };
            foreach (var level in method.Value.EnumerateObject())
            {
                var confidence = double.Parse(level.Name, System.Globalization.CultureInfo.InvariantCulture);
                CheckInterval(
                    interval(count, total, confidence), level.Value, method.Name == "binom_test" ? 1e-4 : 1e-9,
                    $"{method.Name} {level.Name}");
            }
        }

        CheckInterval(Proportion.ClopperPearson(count, total), c.GetProperty("scipy_exact_ci_0.95"), 1e-9, "exact");
        CheckInterval(Proportion.WilsonCorrected(count, total), c.GetProperty("scipy_wilsoncc_ci_0.95"), 1e-9, "Wilson with correction");
        foreach (var null_ in c.GetProperty("binomial_test").EnumerateObject())
        {
            var p = double.Parse(null_.Name, System.Globalization.CultureInfo.InvariantCulture);
            Golden.CloseP(BinomialTest.TwoSided(count, total, p), null_.Value.GetProperty("two-sided").Number(), 1e-9, $"two-sided {p}");
            Golden.CloseP(BinomialTest.Less(count, total, p), null_.Value.GetProperty("less").Number(), 1e-9, $"less {p}");
            Golden.CloseP(BinomialTest.Greater(count, total, p), null_.Value.GetProperty("greater").Number(), 1e-9, $"greater {p}");
        }
    }

    private static void CheckInterval(Statistic actual, JsonElement expected, double tolerance, string what) =>
        Golden.Close([actual.Low!.Value, actual.High!.Value], expected.Numbers(), tolerance, what);

    public static void ClusterBootstrapCase(JsonElement c)
    {
        var clusters = c.GetProperty("clusters").EnumerateArray().Select(Golden.Numbers).ToArray();
        double? Mean(ReadOnlySpan<int> drawn) => drawn.ToArray().SelectMany(i => clusters[i]).Average();
        var replicates = c.GetProperty("indices").EnumerateArray().Select(drawn => Mean(drawn.Integers())!.Value).ToArray();
        Golden.Close(replicates, c.GetProperty("replicates").Numbers(), 1e-12, "replicates");
        var estimate = Mean(Enumerable.Range(0, clusters.Length).ToArray())!.Value;
        Golden.Close(estimate, c.GetProperty("estimate").Number(), 1e-12, "estimate");
        foreach (var quantile in c.EnumerateObject().Where(p => p.Name.StartsWith("quantile_", StringComparison.Ordinal)))
        {
            var probability = double.Parse(quantile.Name["quantile_".Length..], System.Globalization.CultureInfo.InvariantCulture);
            foreach (var method in quantile.Value.EnumerateObject())
            {
                var kind = Enum.Parse<QuantileMethod>(method.Name.Replace("_", ""), ignoreCase: true);
                Golden.Close(Quantiles.Of(replicates, probability, kind), method.Value.Number(), 1e-12, $"{quantile.Name} {method.Name}");
            }
        }

        var interval = ClusterBootstrap.FromReplicates(estimate, replicates);
        Golden.Close(interval.StandardError!.Value, c.GetProperty("standard_error_ddof1").Number(), 1e-12, "standard error");
        Golden.Close(interval.Low!.Value, c.GetProperty("quantile_0.025").GetProperty("linear").Number(), 1e-12, "low");
    }

    public static void BcaCase(JsonElement c)
    {
        var x = c.GetProperty("x").Numbers();
        var replicates = c.GetProperty("indices").EnumerateArray().Select(drawn => drawn.Integers().Average(i => x[i])).ToArray();
        Golden.Close(replicates, c.GetProperty("replicates").Numbers(), 1e-12, "replicates");
        var deleted = x.Select(left => (x.Sum() - left) / (x.Length - 1)).ToArray();
        var acceleration = Jackknife.Acceleration(deleted);
        Golden.Close(acceleration, c.GetProperty("acceleration").Number(), 1e-12, "acceleration");
        var levels = ClusterBootstrap.BcaLevels(x.Average(), replicates, acceleration)!.Value;
        Golden.Close(levels.Bias, c.GetProperty("z0_with_half_ties").Number(), 1e-12, "z0");
        Golden.Close([levels.Low, levels.High], c.GetProperty("adjusted_levels").Numbers(), 1e-12, "levels");
        var interval = ClusterBootstrap.BcaFromReplicates(x.Average(), replicates, deleted);
        CheckInterval(interval, c.GetProperty("interval_linear_quantile"), 1e-12, "interval");
    }

    public static void Reliability(JsonElement c)
    {
        var (p, y) = (c.GetProperty("p").Numbers(), c.GetProperty("y").Integers().Select(v => v == 1).ToArray());
        var bins = c.GetProperty("n_bins").GetInt32();
        var result = c.GetProperty("strategy").GetString() == "uniform"
            ? Calibration.UniformBins(p, y, bins)
            : Calibration.QuantileBins(p, y, bins);
        Golden.Close(result.Edges, c.GetProperty("edges").Numbers(), 1e-10, "edges");
        Assert.That(result.Bins.Select(b => b.Count), Is.EqualTo(c.GetProperty("counts").Integers()));
        var filled = result.Bins.Where(b => b.Count > 0).ToArray();
        Golden.Close([.. filled.Select(b => b.ShareTrue!.Value)], c.GetProperty("fraction_positive").Numbers(), 1e-10, "share true");
        Golden.Close([.. filled.Select(b => b.MeanPredicted!.Value)], c.GetProperty("mean_predicted").Numbers(), 1e-10, "mean predicted");
        Golden.Close(result.ExpectedError, c.GetProperty("derived_ece"), 1e-10, "ECE");
        Golden.Close(result.LargestError, c.GetProperty("derived_mce"), 1e-10, "MCE");
        Golden.Close(Calibration.Brier(p, y), c.GetProperty("brier"), 1e-10, "Brier");
        Golden.Close(Calibration.LogLoss(p, y), c.GetProperty("log_loss"), 1e-10, "log loss");
    }

    public static void TemperatureBinary(JsonElement c)
    {
        var result = Calibration.Temperature(c.GetProperty("margins").Numbers(), [.. c.GetProperty("y").Integers().Select(v => v == 1)]);
        CheckTemperature(c, result);
    }

    public static void TemperatureMulti(JsonElement c)
    {
        var (logits, y) = (c.GetProperty("logits").Matrix(), c.GetProperty("y").Integers());
        CheckTemperature(c, Calibration.Temperature(logits, y));
        if (c.Has("derived_top_label_ece_10_bins_left_closed", out var expected))
        {
            Golden.Close(Calibration.TopLabelError(logits, y, 10), expected, 1e-10, "top-label ECE");
        }
    }

    private static void CheckTemperature(JsonElement c, TemperatureResult result)
    {
        Golden.Close(result.Temperature, c.GetProperty("temperature"), 1e-8, "temperature");
        Golden.Close(result.LossBefore, c.GetProperty("nll_before").Number(), 1e-10, "loss before");
        Golden.Close(result.LossAfter!.Value, c.GetProperty("nll_after").Number(), 1e-10, "loss after");
    }
}
