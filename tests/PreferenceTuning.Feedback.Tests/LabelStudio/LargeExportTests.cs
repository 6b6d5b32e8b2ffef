using System.Diagnostics;
using System.Globalization;
using System.Text;
using NUnit.Framework;
using PreferenceTuning.Feedback.Aggregation;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

[TestFixture]
public sealed class LargeExportTests
{
    /// <summary>The size that a server takes in one import. Run by hand: it measures, and a shared machine would measure its neighbours.</summary>
    [Test]
    [Explicit("Measures time and memory; run it alone.")]
    public void A_quarter_of_a_million_tasks_are_read_and_merged_in_20_seconds_and_1_GB()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "large-export.json");
        WriteExport(path, 250_000);
        try
        {
            GC.Collect();
            var begun = Stopwatch.StartNew();
            var reading = Read(path);
            var read = begun.Elapsed;
            var verdicts = PreferenceAggregation.Majority(reading.Judgements).Verdicts;
            var total = begun.Elapsed;
            using var process = Process.GetCurrentProcess();
            process.Refresh();
            TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{new FileInfo(path).Length / 1e6:0} MB, read {read.TotalSeconds:0.0} s, all {total.TotalSeconds:0.0} s, processor {process.TotalProcessorTime.TotalSeconds:0.0} s, peak {process.PeakWorkingSet64 / 1e6:0} MB, allocated {GC.GetTotalAllocatedBytes() / 1e6:0} MB, live {GC.GetTotalMemory(true) / 1e6:0} MB"));

            Assert.That(verdicts, Has.Count.EqualTo(250_000));
            Assert.That(total, Is.LessThan(TimeSpan.FromSeconds(20)));
            Assert.That(process.PeakWorkingSet64, Is.LessThan(1_000_000_000));
        }
        finally
        {
            File.Delete(path);
        }
    }

    // In a method of its own: an unoptimised caller would keep the file's bytes alive.
    private static FeedbackReading Read(string path) => LabelStudioExport.Read(FeedbackInput.FromFile(path), LabelingConfigs.Pairwise());

    private static void WriteExport(string path, int tasks)
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false));
        writer.Write('[');
        for (var task = 1; task <= tasks; task++)
        {
            writer.Write(task == 1 ? "" : ",");
            writer.Write(string.Create(CultureInfo.InvariantCulture, $$$$"""
                {"id":{{{{task}}}},"annotations":[{"id":{{{{task}}}},"completed_by":{{{{task % 7}}}},"result":[{"value":{"selected":"{{{{(task % 3 == 0 ? "left" : "right")}}}}"},"id":"Sba4F4tuVh","from_name":"comparison","to_name":"comparison","type":"pairwise","origin":"manual"}],"was_cancelled":false,"ground_truth":false,"created_at":"2023-04-17T21:54:20.457543Z","updated_at":"2023-04-17T21:54:20.457580Z","draft_created_at":null,"lead_time":12.51,"prediction":{},"result_count":0,"unique_id":"80f751c6-c26a-47ef-9eea-8208d33a172a","import_id":null,"last_action":null,"task":{{{{task}}}},"project":183,"updated_by":2,"parent_prediction":null,"parent_annotation":null,"last_created_by":null}],"drafts":[],"predictions":[],"data":{"prompt":"Question number {{{{task}}}} about a winter river and a lantern?","answer1":"Forest meadow winter winter candle copper candle thunder number {{{{task}}}}.","answer2":"Thunder winter river copper lantern paper violin number {{{{task}}}}."},"meta":{"pt":{"item":"p{{{{task}}}}","left":"cand-b","right":"cand-a","seed":41}},"created_at":"2023-04-17T21:54:20Z","updated_at":"2023-04-17T21:54:20Z","inner_id":1,"total_annotations":1,"cancelled_annotations":0,"total_predictions":0,"comment_count":0,"project":183}
                """));
        }

        writer.Write(']');
    }
}
