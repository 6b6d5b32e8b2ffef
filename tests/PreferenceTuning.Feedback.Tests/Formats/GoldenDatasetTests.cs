using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.Formats;

/// <summary>The public layouts: every file of every case of the index, against its expected rows.</summary>
[TestFixture]
[Category("Golden")]
public sealed class GoldenDatasetTests
{
    private static readonly string[] Columnar = [".parquet", ".arrow"];

    public static IEnumerable<TestCaseData> Files()
    {
        foreach (var expected in Expectations())
        {
            // Columnar files are read by PreferenceTuning.Parquet, whose tests enumerate them.
            foreach (var file in FilesOf(expected).Where(file => !Columnar.Contains(Path.GetExtension(file))))
                yield return new TestCaseData(expected, file).SetArgDisplayNames(
                    $"{Path.GetRelativePath(GoldenFolder.Path("datasets"), expected).Replace(".expected.json", "", StringComparison.Ordinal)}: {file}");
        }
    }

    // The index, and what lies beside it without standing in it.
    private static List<string> Expectations()
    {
        var root = GoldenFolder.Path("datasets");
        var index = GoldenFolder.Path("datasets", "index.json");
        var named = File.Exists(index)
            ? GoldenFolder.Json("datasets", "index.json").EnumerateArray().Select(entry => GoldenFolder.Path("datasets", entry.GetProperty("name").GetString() + ".expected.json"))
            : [];
        var lying = Directory.Exists(root) ? Directory.GetFiles(root, "*.expected.json", SearchOption.AllDirectories) : [];
        return [.. named.Concat(lying).Select(Path.GetFullPath).Distinct().Order(StringComparer.Ordinal)];
    }

    // Of Argilla's flattened records the README says that "-columns" holds those of "-flat"; the expectation does not name it.
    private static List<string> FilesOf(string expected)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(expected));
        var columns = Path.GetFileName(expected).Replace("-flat.expected.json", "-columns.json", StringComparison.Ordinal);
        return [.. json.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetString()!)
            .Concat(File.Exists(Path.Combine(Path.GetDirectoryName(expected)!, columns)) && columns.EndsWith("-columns.json", StringComparison.Ordinal) ? [columns] : []).Distinct()];
    }

    public static IEnumerable<TestCaseData> Strays()
    {
        var root = GoldenFolder.Path("datasets");
        if (!Directory.Exists(root))
            yield break;
        var named = new HashSet<string>(StringComparer.Ordinal) { Path.GetFullPath(Path.Combine(root, "index.json")), Path.GetFullPath(Path.Combine(root, "README.md")) };
        foreach (var expected in Expectations())
        {
            named.UnionWith(FilesOf(expected).Select(file => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(expected)!, file))));
            named.Add(expected);
        }

        // What save_to_disk puts beside the data is read with it.
        foreach (var file in Directory.GetFiles(root, "*", SearchOption.AllDirectories).Select(Path.GetFullPath)
            .Where(file => !named.Contains(file) && Path.GetFileName(file) is not ("state.json" or "dataset_info.json")).Order(StringComparer.Ordinal))
            yield return new TestCaseData(file).SetArgDisplayNames(Path.GetRelativePath(root, file));
    }

    [TestCaseSource(nameof(Strays))]
    public void A_file_without_expectation_is_not_checked(string file) =>
        Assert.Ignore($"Nothing says what {Path.GetFileName(file)} should hold.");

    [TestCaseSource(nameof(Files))]
    public void A_file_holds_what_is_expected(string expected, string file)
    {
        if (Path.GetExtension(file) is not (".json" or ".jsonl"))
            Assert.Ignore($"No reader for {Path.GetExtension(file)} files.");
        var path = Path.Combine(Path.GetDirectoryName(expected)!, file);
        if (!File.Exists(path))
            Assert.Ignore($"{file} is not in the set.");
        using var json = JsonDocument.Parse(File.ReadAllBytes(expected));
        Compare(path, [.. json.RootElement.GetProperty("rows").EnumerateArray()]);
    }

    private static void Compare(string path, List<JsonElement> rows)
    {
        var input = FeedbackInput.FromFile(path);
        var format = FeedbackFormats.Detect(input);
        var reading = FeedbackFormats.Read(input);

        Assert.That(
            reading.Judgements.Concat(reading.Suggestions).Select(ReadAnswers.Line),
            Is.EquivalentTo(rows.SelectMany(row => ExpectedAnswers.Of(format, row, rows))));
        AssertNothingIsLost(format, reading, rows);
        var once = Judgements.JudgementJsonLinesTests.Write(reading.Judgements);
        Assert.That(Judgements.JudgementJsonLinesTests.Write(JudgementJsonLines.Read(new FeedbackInput("again", once))), Is.EqualTo(once));
        if (format == FeedbackFormat.Trl)
            AssertWrittenAgain(reading, rows);
    }

    /// <summary>Every text and number of the rows stands somewhere in what was read: in its place, or beside it.</summary>
    private static void AssertNothingIsLost(FeedbackFormat format, FeedbackReading reading, List<JsonElement> rows)
    {
        var written = Judgements.JudgementJsonLinesTests.Write(reading.Judgements.Concat(reading.Suggestions));
        var kept = new HashSet<string>(StringComparer.Ordinal);
        var all = new System.Text.StringBuilder();
        foreach (var line in System.Text.Encoding.UTF8.GetString(written).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            foreach (var leaf in ExpectedAnswers.Leaves(json.RootElement))
            {
                kept.Add(leaf);
                all.Append(leaf).Append('\n');
            }
        }

        var together = all.ToString();
        foreach (var leaf in rows.SelectMany(row => ExpectedAnswers.LeavesToKeep(format, row)).Distinct())
            Assert.That(
                kept.Contains(leaf) || leaf.Length > 8 && together.Contains(leaf, StringComparison.Ordinal),
                $"'{leaf}' is nowhere in what was read");
    }

    private static void AssertWrittenAgain(FeedbackReading reading, List<JsonElement> rows)
    {
        using var stream = new MemoryStream();
        var report = TrlDatasetWriter.Write(stream, reading.Judgements);
        if (report.Records < rows.Count)
        {
            Assert.That(report.Notes, Is.Not.Empty, "what is not written must be said");
            return;
        }

        var again = FeedbackFormats.Read(new FeedbackInput("again.jsonl", stream.ToArray()));
        Assert.That(again.Judgements.Select(AnswerOnly), Is.EqualTo(reading.Judgements.Select(AnswerOnly)));
    }

    private static string AnswerOnly(Judgement judgement)
    {
        string? Words(string? id) => id is null ? null : judgement.CandidateOf(id).Text.ToPlainText();
        var labels = judgement.Labels.Select(
            label => $"{Words(label.Candidate)} {label.Step} {label.Value}")
                .Concat(judgement.Texts.Select(text => text.Value.ToPlainText()));
        return $"{judgement.Prompt.ToPlainText()} | {Words(judgement.Preferred)} | {string.Join("; ", labels)} | {judgement.Margin}";
    }
}
