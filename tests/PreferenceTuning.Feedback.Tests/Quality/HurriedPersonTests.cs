using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.Quality;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.Quality;

/// <summary>
/// An export of the shape and timing of the 32 judgements that a well-known notebook ships: one person, 35 to 81 words each, 80.7 seconds
/// for all of them. The words are invented.
/// </summary>
[TestFixture]
public sealed class HurriedPersonTests
{
    private const int PromptWords = 6;

    private static readonly int[] Words =
    [
        73, 72, 49, 68, 62, 36, 66, 58, 51, 60, 57, 45, 75, 64, 79, 42, 67, 47, 55, 77, 71, 70, 59, 74, 69, 65, 53, 81, 40, 61, 63, 56,
    ];

    private static readonly double[] Seconds =
    [
        6.84, 1.65, 3.16, 1.27, 0.98, 0.58, 1.71, 1.02, 0.75, 1.67, 6.11, 0.93, 12.86, 3.07, 1.69, 0.76,
        2.83, 0.81, 0.92, 6.33, 2.15, 1.56, 0.8, 4.11, 1.69, 2.44, 1.06, 5.93, 0.94, 0.94, 2.1, 1.08,
    ];

    private static readonly Lazy<QualityReport> Made = new(() => QualityReport.Of(
        LabelStudioExport.Read(FeedbackInput.FromText("export.json", Export()), LabelingConfigs.Pairwise()).Judgements));

    [Test]
    public void Thirty_one_of_thirty_two_judgements_are_found_to_be_faster_than_anyone_reads()
    {
        var report = Made.Value;
        // Sorted times 16 and 17: 1.65 and 1.67; sum 80.74. 73 words in 12.86 s are 350 a minute, the only one below 500.
        Assert.That(report.Speed.TooFast.Required, Is.EqualTo(31.0 / 32));
        Assert.That(report.Speed.MedianSeconds.Required, Is.EqualTo(1.66).Within(1e-9));
        Assert.That(report.Speed.TotalSeconds, Is.EqualTo(80.74).Within(1e-9));
        Assert.That(report.Speed.MedianWordsPerMinute.Required, Is.EqualTo(2586).Within(1));
        Assert.That(report.Position.ExactP.Required, Is.EqualTo(0.5966).Within(5e-5));
        Assert.That(report.Findings.Count(finding => finding.Severity == FindingSeverity.Problem), Is.EqualTo(2));
    }

    [Test]
    public void The_documentation_shows_what_the_report_says()
    {
        var page = File.ReadAllText(Path.Combine(GoldenFolder.RepositoryRoot, "docs", "feedback.md"));
        foreach (var line in Made.Value.ToText().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            Assert.That(page, Does.Contain(line));
    }

    private static string Export() => JsonSerializer.Serialize(Words.Select((words, index) => new
    {
        id = 401 + index,
        data = new { prompt = Text(PromptWords, index), answer1 = Text((words - PromptWords) / 2, index + 40), answer2 = Text((words - PromptWords + 1) / 2, index + 80) },
        meta = new { },
        annotations = new[]
        {
            new
            {
                id = 901 + index,
                completed_by = 2,
                was_cancelled = false,
                ground_truth = false,
                lead_time = Seconds[index],
                result = new[]
                {
                    // 18 of 32 left.
                    new { id = $"r{index}", from_name = "comparison", to_name = "comparison", type = "pairwise", value = new { selected = index % 16 < 9 ? "left" : "right" } },
                },
            },
        },
    }));

    private static string Text(int words, int seed) =>
        string.Join(' ', Enumerable.Range(0, words).Select(word => string.Create(CultureInfo.InvariantCulture, $"word{((seed * 37) + (word * (11 + seed))) % 97}")));
}
