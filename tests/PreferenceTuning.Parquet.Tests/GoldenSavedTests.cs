using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Tests.Formats;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Parquet.Tests;

/// <summary>Every folder of the reference set that <c>save_to_disk</c> wrote, read by its state.json and dataset_info.json.</summary>
[TestFixture]
[Category("Golden")]
public sealed class GoldenSavedTests
{
    public static IEnumerable<TestCaseData> Folders() => Directory.Exists(GoldenFolder.Path("datasets"))
        ? Directory.GetFiles(GoldenFolder.Path("datasets"), "state.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => new TestCaseData(Path.GetDirectoryName(file)!).SetArgDisplayNames(Path.GetFileName(Path.GetDirectoryName(file))!))
        : [];

    [TestCaseSource(nameof(Folders))]
    public void A_saved_folder_holds_the_expected_rows_with_labels_by_name(string folder)
    {
        var rows = Expected(folder);
        var lines = Encoding.UTF8.GetString(SavedDataset.ToJsonLines(folder).Bytes.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(SavedDataset.IsSaved(folder));
        Assert.That(lines, Has.Length.EqualTo(rows.Count));
        foreach (var (line, row) in lines.Zip(rows))
            Assert.That(JsonNode.DeepEquals(JsonNode.Parse(line), JsonNode.Parse(row.GetRawText())), $"{line}\nis not\n{row.GetRawText()}");
    }

    [TestCaseSource(nameof(Folders))]
    public void The_judgements_name_the_data_file_and_the_row(string folder)
    {
        var rows = Expected(folder);
        var reading = SavedDataset.Read(folder);

        Assert.That(reading.Judgements.Select(ReadAnswers.Line), Is.EquivalentTo(rows.SelectMany(row => ExpectedAnswers.Of(FeedbackFormat.Trl, row, rows))));
        Assert.That(reading.Judgements.Select(one => one.Source!.Line), Is.EqualTo(Enumerable.Range(1, rows.Count)));
        Assert.That(
            reading.Judgements.Select(one => one.Source!.Sha256), Has.All.EqualTo(FeedbackInput.FromFile(Path.Combine(folder, reading.Judgements[0].Source!.File)).Sha256));
    }

    // The expected rows hold the stored numbers; their names are put in here, from dataset_info.json, column by column.
    private static List<JsonElement> Expected(string folder)
    {
        var expected = folder + ".expected.json";
        if (!File.Exists(expected))
            Assert.Ignore("The set does not say what this folder holds.");
        using var info = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "dataset_info.json")));
        var labels = info.RootElement.GetProperty("features").EnumerateObject()
            .Where(feature => feature.Value.TryGetProperty("_type", out var type) && type.GetString() == "ClassLabel")
            .ToDictionary(feature => feature.Name, feature => feature.Value.GetProperty("names").EnumerateArray().Select(name => name.GetString()).ToList());
        return [.. GoldenFiles.Rows(expected).Select(row => Named(row, labels))];
    }

    private static JsonElement Named(JsonElement row, Dictionary<string, List<string?>> labels)
    {
        var json = JsonNode.Parse(row.GetRawText())!.AsObject();
        foreach (var (name, names) in labels)
        {
            if (json[name] is { } number)
                json[name] = names[(int)number];
        }

        return JsonSerializer.SerializeToElement(json);
    }
}
