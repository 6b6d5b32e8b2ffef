using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>cohen.json, fleiss.json, krippendorff.json: 1e-12 (standard errors 1e-8, see the README's traps).</summary>
internal static class GoldenAgreement
{
    private const double Tolerance = 1e-12;

    public static void Cohen(JsonElement c)
    {
        var table = c.GetProperty("table").Matrix();
        var k = table.GetLength(0);
        foreach (var expected in c.GetProperty("results").EnumerateObject())
        {
            var weights = expected.Name switch
            {
                "none" => null,
                "linear" => DisagreementWeights.Linear(k),
                "quadratic" => DisagreementWeights.Quadratic(k),
                "custom" => c.GetProperty("disagreement_weights").Matrix(),
                _ => throw new NotSupportedException($"Unknown weights '{expected.Name}'."),
            };
            CheckKappa(CohenKappa.FromTable(table, weights), expected.Value, expected.Name);
            if (c.Has("ratings", out var ratings))
            {
                var lists = ratings.EnumerateArray().Select(Golden.Integers).ToArray();
                CheckKappa(CohenKappa.FromRatings(lists[0], lists[1], k, weights), expected.Value, $"{expected.Name} of the ratings");
            }
        }
    }

    private static void CheckKappa(CohenKappaResult actual, JsonElement expected, string what)
    {
        Golden.Close(actual.Kappa, expected.GetProperty("kappa"), Tolerance, $"{what} kappa");
        if (expected.Has("sklearn", out var sklearn))
        {
            Golden.Close(actual.Kappa, sklearn, Tolerance, $"{what} kappa of scikit-learn");
        }

        if (!actual.Kappa.IsDefined)
        {
            return;
        }

        Golden.Close(actual.Kappa.StandardError!.Value, expected.GetProperty("std_kappa").Number(), 1e-8, $"{what} standard error");
        Golden.Close(actual.Kappa.Low!.Value, expected.GetProperty("kappa_low").Number(), 2e-8, $"{what} low");
        Golden.Close(actual.Kappa.High!.Value, expected.GetProperty("kappa_upp").Number(), 2e-8, $"{what} high");
        Golden.Close(actual.NullStandardError!.Value, expected.GetProperty("std_kappa0").Number(), 1e-8, $"{what} null error");
        Golden.Close(actual.Maximum, expected.GetProperty("kappa_max"), Tolerance, $"{what} maximum");

        // The library's 4e-9 for a null error that is 0 makes a z out of rounding; there is no test then.
        if (expected.GetProperty("std_kappa0").Number() < 1e-7)
        {
            Assert.That(actual.Z.IsDefined, Is.False, $"{what} z");
            return;
        }

        Golden.Close(actual.Z, expected.GetProperty("z_value"), Tolerance, $"{what} z");
        Golden.CloseP(actual.PValueGreater.Required, expected.GetProperty("p_one_sided").Number(), Tolerance, $"{what} one-sided p");
        Golden.CloseP(actual.PValueTwoSided.Required, expected.GetProperty("p_two_sided").Number(), Tolerance, $"{what} two-sided p");
    }

    public static void Fleiss(JsonElement c)
    {
        var result = FleissKappa.FromCounts(c.GetProperty("table").Counts());
        Golden.Close(result.Kappa, c.GetProperty("fleiss"), Tolerance, "fleiss");
        Golden.Close(result.Randolph, c.GetProperty("randolph"), Tolerance, "randolph");
        if (c.Has("raw", out var raw))
        {
            var (items, annotators, labels) = (new List<int>(), new List<int>(), new List<int>());
            foreach (var (row, item) in raw.EnumerateArray().Select((row, item) => (row.Integers(), item)))
            {
                items.AddRange(Enumerable.Repeat(item, row.Length));
                annotators.AddRange(Enumerable.Range(0, row.Length));
                labels.AddRange(row);
            }

            var answers = new LabelTable(
                items.ToArray(), annotators.ToArray(), labels.ToArray(), raw.GetArrayLength(), annotators.Max() + 1,
                c.GetProperty("table").Counts().GetLength(1));
            Golden.Close(FleissKappa.FromAnswers(answers).Kappa, c.GetProperty("fleiss"), Tolerance, "fleiss of the ratings");
        }

        if (!c.Has("derived", out var derived))
        {
            return;
        }

        Golden.Close(result.ObservedAgreement!.Value, derived.GetProperty("mean_observed_agreement").Number(), Tolerance, "observed");
        Golden.Close(result.ExpectedAgreement!.Value, derived.GetProperty("expected_agreement").Number(), Tolerance, "expected");
        Golden.Close(result.CategoryShares, derived.GetProperty("category_proportions").Numbers(), Tolerance, "shares");
        Golden.Close(result.NullStandardError, derived.GetProperty("null_standard_error"), Tolerance, "null error");
        Golden.Close(
            result.CategoryNullStandardError, derived.GetProperty("category_null_standard_error"), Tolerance, "category null error");
        Golden.Close(result.Z, derived.GetProperty("z"), Tolerance, "z");
        foreach (var (expected, j) in derived.GetProperty("category_kappa").EnumerateArray().Select((x, j) => (x, j)))
        {
            Golden.Close(result.CategoryKappas[j], expected, Tolerance, $"kappa of category {j}");
        }

        var agreement = PercentAgreement.ByItem(c.GetProperty("table").Counts());
        foreach (var (expected, i) in derived.GetProperty("item_agreement").EnumerateArray().Select((x, i) => (x, i)))
        {
            Golden.Close(agreement[i], expected, Tolerance, $"agreement of item {i}");
        }
    }

    public static void Krippendorff(JsonElement c)
    {
        List<(string, ValueTable)> tables = [];
        if (c.Has("data", out var data))
        {
            var rows = data.EnumerateArray().Select(row => (IReadOnlyList<double?>)[.. row.EnumerateArray().Select(
                x => x.ValueKind == JsonValueKind.Null ? (double?)null : x.Number())]).ToArray();
            tables.Add(("data", ValueTable.FromMatrix(rows)));
        }

        if (c.Has("value_counts", out var counts))
        {
            tables.Add(("value counts", ValueTable.FromCounts(counts.Counts(), c.GetProperty("value_domain").Numbers())));
        }

        Assert.That(tables, Is.Not.Empty);
        foreach (var (source, table) in tables)
        {
            foreach (var expected in c.GetProperty("alpha").EnumerateObject())
            {
                var level = Enum.Parse<MeasurementLevel>(expected.Name, ignoreCase: true);
                Golden.Close(KrippendorffAlpha.Compute(table, level), expected.Value, Tolerance, $"{expected.Name} of the {source}");
            }
        }
    }
}
