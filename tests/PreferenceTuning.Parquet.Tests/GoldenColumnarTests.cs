using System.Globalization;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Tests.Formats;

namespace PreferenceTuning.Parquet.Tests;

[TestFixture]
[Category("Golden")]
public sealed class GoldenColumnarTests
{
    [TestCaseSource(typeof(GoldenFiles), nameof(GoldenFiles.All))]
    public void Every_row_of_a_file_is_what_is_expected(string expected, string file)
    {
        GoldenFiles.Require(file);
        var lines = Encoding.UTF8.GetString(
            GoldenFiles.ToJsonLines(FeedbackInput.FromFile(file)).Bytes.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(lines.Select(Parsed), Is.EqualTo(GoldenFiles.Rows(expected).Select(Plain)));
    }

    [TestCaseSource(typeof(GoldenFiles), nameof(GoldenFiles.Layouts))]
    public void The_judgements_of_a_layout_are_what_is_expected(string expected, string file)
    {
        GoldenFiles.Require(file);
        var input = FeedbackInput.FromFile(file);
        var rows = GoldenFiles.Rows(expected);
        var format = GoldenFiles.Detect(input);
        var reading = GoldenFiles.Read(input);

        Assert.That(
            reading.Judgements.Concat(reading.Suggestions).Select(ReadAnswers.Line),
            Is.EquivalentTo(rows.SelectMany(row => ExpectedAnswers.Of(format, row, rows))));
        Assert.That(reading.Judgements.Select(judgement => judgement.Source!.Sha256), Has.All.EqualTo(input.Sha256));
        Assert.That(reading.Judgements.Select(judgement => judgement.Source!.Line), Has.All.InRange(1, rows.Count));
    }

    private static string Parsed(string line)
    {
        using var json = JsonDocument.Parse(line);
        return Plain(json.RootElement);
    }

    // The expectation marks bytes, times and decimals; rows hold their plain form (see ParquetFeedback).
    private static string Plain(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var properties = value.EnumerateObject().ToList();
                return properties switch
                {
                    [{ Name: "base64" or "iso" } only] => Plain(only.Value),
                    [{ Name: "decimal" } only] => Number(only.Value.GetString()!),
                    [{ Name: "iso" } iso, { Name: "unix_microseconds" }] => Plain(iso.Value),
                    _ => "{" + string.Join(", ", properties.Select(property => $"{property.Name}: {Plain(property.Value)}")) + "}",
                };
            case JsonValueKind.Array:
                return "[" + string.Join(", ", value.EnumerateArray().Select(Plain)) + "]";
            case JsonValueKind.Number:
                return Number(value.GetRawText());
            default:
                return value.ValueKind == JsonValueKind.String ? JsonSerializer.Serialize(value.GetString()) : value.GetRawText();
        }
    }

    // By its digits, because 64 bits do not fit a double; 1.0 and 1 are the same.
    private static string Number(string digits)
    {
        if (digits.Contains('e', StringComparison.OrdinalIgnoreCase) || digits.Length > 28)
            return double.Parse(digits, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture);
        var trimmed = digits.Contains('.', StringComparison.Ordinal) ? digits.TrimEnd('0').TrimEnd('.') : digits;
        return trimmed == "-0" ? "0" : trimmed;
    }
}
