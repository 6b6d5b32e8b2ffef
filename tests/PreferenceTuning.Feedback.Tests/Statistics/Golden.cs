using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>Reading golden values and comparing with them.</summary>
internal static class Golden
{
    public static double Number(this JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var other => throw new FormatException($"'{other}' is not a number."),
        }
        : value.GetDouble();

    public static double[] Numbers(this JsonElement list) => [.. list.EnumerateArray().Select(Number)];

    public static int[] Integers(this JsonElement list) => [.. list.EnumerateArray().Select(x => x.GetInt32())];

    public static double[,] Matrix(this JsonElement rows)
    {
        var lists = rows.EnumerateArray().Select(Numbers).ToArray();
        var matrix = new double[lists.Length, lists.Length == 0 ? 0 : lists[0].Length];
        for (var i = 0; i < matrix.GetLength(0); i++)
        {
            for (var j = 0; j < matrix.GetLength(1); j++)
            {
                matrix[i, j] = lists[i][j];
            }
        }

        return matrix;
    }

    public static int[,] Counts(this JsonElement rows)
    {
        var matrix = rows.Matrix();
        var counts = new int[matrix.GetLength(0), matrix.GetLength(1)];
        for (var i = 0; i < counts.GetLength(0); i++)
        {
            for (var j = 0; j < counts.GetLength(1); j++)
            {
                counts[i, j] = (int)matrix[i, j];
            }
        }

        return counts;
    }

    public static bool Has(this JsonElement value, string name, out JsonElement found)
    {
        found = default;
        return value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out found) && found.ValueKind != JsonValueKind.Null;
    }

    public static bool IsError(this JsonElement value) => value.ValueKind == JsonValueKind.Object && value.TryGetProperty("error", out _);

    /// <summary>NaN and a raised error both mean that the number does not exist.</summary>
    public static bool IsUndefined(this JsonElement value) => value.IsError() || double.IsNaN(value.Number());

    /// <summary>Equal to <paramref name="tolerance"/>, relative for numbers above 1.</summary>
    public static void Close(double actual, double expected, double tolerance, string what) =>
        Assert.That(actual, Is.EqualTo(expected).Within(tolerance * Math.Max(1, Math.Abs(expected))), what);

    /// <summary>For p values, which may be tiny: relative as well.</summary>
    public static void CloseP(double actual, double expected, double tolerance, string what)
    {
        Close(actual, expected, tolerance, what);
        if (expected > 1e-290)
        {
            Assert.That(actual / expected, Is.EqualTo(1).Within(Math.Max(1e-9, tolerance)), $"{what}, relative");
        }
    }

    public static void Close(Statistic actual, JsonElement expected, double tolerance, string what)
    {
        if (expected.IsUndefined())
        {
            Assert.That(actual.IsDefined, Is.False, $"{what} should be undefined but is {actual}");
            Assert.That(actual.UndefinedReason, Is.Not.Empty);
            return;
        }

        Assert.That(actual.IsDefined, Is.True, $"{what}: {actual.UndefinedReason}");
        Close(actual.Required, expected.Number(), tolerance, what);
    }

    public static void Close(IReadOnlyList<double> actual, IReadOnlyList<double> expected, double tolerance, string what)
    {
        Assert.That(actual.Count, Is.EqualTo(expected.Count), what);
        for (var i = 0; i < expected.Count; i++)
        {
            Close(actual[i], expected[i], tolerance, $"{what}[{i}]");
        }
    }
}
