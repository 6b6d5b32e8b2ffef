using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>preference-models.json: derived numbers 1e-9, ties 1e-6, choix mm and ilsr 1e-8, choix opt 1e-5.</summary>
internal static class GoldenPreferences
{
    public static void BradleyTerryCase(JsonElement c)
    {
        var n = c.GetProperty("n_items").GetInt32();
        var comparisons = c.GetProperty("comparisons").EnumerateArray().Select(Golden.Integers).Select(p => (p[0], p[1])).ToArray();
        var counts = PairwiseCounts.FromComparisons(n, comparisons);
        var fit = BradleyTerry.Fit(counts);
        CheckPlain(c, fit, "derived_newton");
        if (c.Has("derived_standard_error_of_differences", out var errors))
        {
            var expected = errors.Matrix();
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++)
                {
                    Golden.Close(fit.DifferenceStandardError(i, j), expected[i, j], 1e-9, $"standard error of {i} - {j}");
                }
            }
        }

        if (c.Has("log_likelihood_at_newton", out var logLikelihood))
        {
            Golden.Close(fit.LogLikelihood!.Value, logLikelihood.Number(), 1e-9, "log-likelihood");
        }

        CheckPrior(c, prior => BradleyTerry.Fit(counts, new() { Prior = prior }), "derived_newton_alpha_");
        if (c.Has("win_matrix", out var wins))
        {
            Golden.Close(
                BradleyTerry.Fit(PairwiseCounts.FromMatrices(wins.Matrix())).LogAbilities, fit.LogAbilities, 1e-12, "from the matrix");
        }
    }

    public static void PlackettLuceCase(JsonElement c)
    {
        var n = c.GetProperty("n_items").GetInt32();
        var rankings = c.GetProperty("rankings").EnumerateArray().Select(Golden.Integers).ToArray();
        var fit = PlackettLuce.FitRankings(n, rankings);
        CheckPlain(c, fit, "derived_maximum_likelihood");
        CheckPrior(c, prior => PlackettLuce.FitRankings(n, rankings, new() { Prior = prior }), "derived_alpha_");
    }

    public static void TopOne(JsonElement c)
    {
        var choices = c.GetProperty("choices").EnumerateArray().Select(x => new Choice(x[0].GetInt32(), x[1].Integers()));
        CheckPlain(c, PlackettLuce.FitChoices(c.GetProperty("n_items").GetInt32(), choices), "derived_maximum_likelihood");
    }

    public static void Ties(JsonElement c)
    {
        var counts = PairwiseCounts.FromMatrices(c.GetProperty("win_matrix").Matrix(), c.GetProperty("tie_matrix").Matrix());
        var davidson = c.GetProperty("davidson_derived");
        CheckTies(TieModels.Davidson(counts), davidson, davidson.GetProperty("nu").Number(), "Davidson");
        var raoKupper = c.GetProperty("rao_kupper_derived");
        CheckTies(TieModels.RaoKupper(counts), raoKupper, raoKupper.GetProperty("theta").Number(), "Rao and Kupper");
    }

    private static void CheckTies(StrengthResult fit, JsonElement expected, double parameter, string what)
    {
        Golden.Close(fit.LogAbilities, expected.GetProperty("log_abilities_mean_zero").Numbers(), 1e-6, $"{what} log-abilities");
        Golden.Close(fit.Abilities, expected.GetProperty("abilities_sum_one").Numbers(), 1e-6, $"{what} abilities");
        Golden.Close(fit.TieParameter.Required, parameter, 1e-6, $"{what} tie parameter");
        Golden.Close(fit.LogLikelihood!.Value, expected.GetProperty("log_likelihood").Number(), 1e-9, $"{what} log-likelihood");
    }

    /// <summary>The case has a maximum without a prior exactly where it stores one.</summary>
    private static void CheckPlain(JsonElement c, StrengthResult fit, string derived)
    {
        if (!c.Has(derived, out var expected))
        {
            Assert.That(fit.IsDefined, Is.False, "no finite maximum without a prior");
            Assert.That(fit.Components, Has.Count.GreaterThan(1));
            return;
        }

        Assert.That(fit.IsDefined, Is.True, fit.UndefinedReason);
        Golden.Close(fit.LogAbilities, expected.Numbers(), 1e-9, derived);
        foreach (var (name, tolerance) in new[] { ("choix_mm", 1e-8), ("choix_ilsr", 1e-8), ("choix_opt", 1e-5), ("choix_opt_newton", 1e-5), ("choix_opt_lbfgs", 1e-5) })
        {
            if (c.Has(name, out var library) && !library.IsError())
            {
                Golden.Close(fit.LogAbilities, library.Numbers(), tolerance, name);
            }
        }

        if (c.Has("log_likelihood", out var logLikelihood))
        {
            Golden.Close(fit.LogLikelihood!.Value, logLikelihood.Number(), 1e-9, "log-likelihood");
        }
    }

    private static void CheckPrior(JsonElement c, Func<double, StrengthResult> fit, string derived)
    {
        foreach (var (prefix, tolerance) in new[] { (derived, 1e-9), ("choix_opt_alpha_", 1e-5) })
        {
            foreach (var entry in c.EnumerateObject().Where(p => p.Name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                var prior = double.Parse(entry.Name[prefix.Length..], System.Globalization.CultureInfo.InvariantCulture);
                Golden.Close(fit(prior).LogAbilities, entry.Value.Numbers(), tolerance, entry.Name);
            }
        }
    }

    public static void EloCase(JsonElement c)
    {
        var games = c.GetProperty("games")
            .EnumerateArray().Select(g => new EloGame(g[0].GetInt32(), g[1].GetInt32(), g[2].Number())).ToArray();
        var options = new EloOptions { Start = c.GetProperty("start").Number(), K = c.GetProperty("k").Number(), Scale = c.GetProperty("scale").Number() };
        var final = c.GetProperty("final").Numbers();
        var (ratings, updates) = Elo.Run(final.Length, games, options);
        Golden.Close(ratings, final, 1e-12, "final");
        foreach (var (expected, g) in c.GetProperty("trace").EnumerateArray().Select((x, g) => (x.Numbers(), g)))
        {
            Golden.Close([updates[g].Expected, updates[g].First, updates[g].Second], expected, 1e-12, $"game {g}");
        }
    }

    public static void TournamentCase(JsonElement c)
    {
        var matrix = c.GetProperty("beats").Matrix();
        var beats = new bool[matrix.GetLength(0), matrix.GetLength(1)];
        for (var i = 0; i < beats.GetLength(0); i++)
        {
            for (var j = 0; j < beats.GetLength(1); j++)
            {
                beats[i, j] = matrix[i, j] != 0;
            }
        }

        var result = Tournament.Analyze(beats);
        Golden.Close(result.CircularTriads, c.GetProperty("circular_triads").Number(), 1e-12, "circular triads");
        Golden.Close(result.Largest, c.GetProperty("maximum").Number(), 1e-12, "maximum");
        Golden.Close(result.Consistency, c.GetProperty("zeta"), 1e-12, "zeta");
        Assert.That(result.Wins, Is.EqualTo(c.GetProperty("scores").Integers()));
    }

    public static void NoisyBradleyTerryCase(JsonElement c)
    {
        var expected = c.GetProperty("derived_log_likelihood");
        var items = expected.GetProperty("items").EnumerateArray().Select(x => x.GetString()!).ToList();
        var workers = expected.GetProperty("workers").EnumerateArray().Select(x => x.GetString()!).ToList();
        var rows = c.GetProperty("rows").EnumerateArray().Select(r => new SidedComparison(
            workers.IndexOf(r[0].GetString()!), items.IndexOf(r[1].GetString()!), items.IndexOf(r[2].GetString()!),
            r[3].GetString() == r[1].GetString())).ToArray();
        var parameters = expected.GetProperty("parameters").Numbers();
        var (n, w) = (items.Count, workers.Count);
        var value = NoisyBradleyTerry.LogLikelihood(rows, parameters[..n], parameters[n..(n + w)], parameters[(n + w)..]);
        Golden.Close(value, expected.GetProperty("value").Number(), 1e-9, "log-likelihood");

        // The library's own fit is not a maximum (README, surprise 3); ours has to be at least as likely as any stored point.
        var fit = NoisyBradleyTerry.Fit(n, w, rows);
        Assert.That(NoisyBradleyTerry.LogLikelihood(rows, fit.Strengths, fit.LeftBias, fit.Reliability), Is.GreaterThan(value));
    }
}
