using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Parquet.Tests;

/// <summary>Every columnar file of the reference set, with the file that says what it holds.</summary>
internal static class GoldenFiles
{
    public static IEnumerable<TestCaseData> All()
    {
        foreach (var expected in Expectations())
        {
            foreach (var file in Rows(expected, "files").Select(file => file.GetString()!).Where(file => Path.GetExtension(file) is not (".json" or ".jsonl")))
                yield return new TestCaseData(
                    expected,
                    Path.Combine(Path.GetDirectoryName(expected)!, file)).SetArgDisplayNames(
                        $"{Path.GetFileName(Path.GetDirectoryName(expected))}/{file}");
        }
    }

    /// <summary>The files that hold judgements; those of the folder "parquet" only vary encodings.</summary>
    public static IEnumerable<TestCaseData> Layouts() =>
        All().Where(data => Path.GetFileName(Path.GetDirectoryName((string)data.Arguments[1]!)) != "parquet");

    public static List<JsonElement> Rows(string expected, string name = "rows")
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(expected));
        return [.. json.RootElement.GetProperty(name).EnumerateArray().Select(row => row.Clone())];
    }

    public static void Require(string file)
    {
        if (Path.GetExtension(file) is not (".parquet" or ".arrow"))
            Assert.Ignore($"No reader for {Path.GetExtension(file)} files.");
        if (!File.Exists(file))
            Assert.Ignore($"{Path.GetFileName(file)} is not in the set.");
    }

    public static FeedbackInput ToJsonLines(FeedbackInput input) =>
        ArrowFeedback.IsArrow(input) ? ArrowFeedback.ToJsonLines(input) : ParquetFeedback.ToJsonLines(input);

    public static FeedbackFormat Detect(FeedbackInput input) =>
        ArrowFeedback.IsArrow(input) ? ArrowFeedback.Detect(input) : ParquetFeedback.Detect(input);

    public static FeedbackReading Read(FeedbackInput input) =>
        ArrowFeedback.IsArrow(input) ? ArrowFeedback.Read(input) : ParquetFeedback.Read(input);

    // The index, and what lies beside it without standing in it.
    private static List<string> Expectations()
    {
        var index = GoldenFolder.Path("datasets", "index.json");
        var named = File.Exists(index)
            ? GoldenFolder.Json("datasets", "index.json")
                .EnumerateArray().Select(entry => GoldenFolder.Path("datasets", entry.GetProperty("name").GetString() + ".expected.json"))
            : [];
        var lying = Directory.Exists(GoldenFolder.Path("datasets"))
            ? Directory.GetFiles(GoldenFolder.Path("datasets"), "*.expected.json", SearchOption.AllDirectories)
            : [];
        return [.. named.Concat(lying).Select(Path.GetFullPath).Distinct().Order(StringComparer.Ordinal)];
    }
}
