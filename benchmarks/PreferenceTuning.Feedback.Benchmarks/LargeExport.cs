using System.Diagnostics;
using System.Globalization;
using System.Text;
using PreferenceTuning.Feedback.Aggregation;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;

namespace PreferenceTuning.Feedback.Benchmarks;

/// <summary>Reads and merges an export of 250,000 tasks, the size that a server takes in one import: at most 20 s and 1 GB.</summary>
internal static class LargeExport
{
    private const int Tasks = 250_000;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(20);

    /// <summary>Prints one line and says whether the limits were kept.</summary>
    public static bool Run()
    {
        var path = Path.Combine(Path.GetTempPath(), $"large-export-{Environment.ProcessId}.json");
        WriteExport(path, Tasks);
        try
        {
            return Measure(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static bool Measure(string path)
    {
        using var process = Process.GetCurrentProcess();
        var processorBefore = process.TotalProcessorTime;
        var begun = Stopwatch.StartNew();
        var reading = Read(path);
        var read = begun.Elapsed;
        var verdicts = PreferenceAggregation.Majority(reading.Judgements).Verdicts;
        var total = begun.Elapsed;
        process.Refresh();
        if (verdicts.Count != Tasks)
            throw new InvalidOperationException($"{verdicts.Count} verdicts came of {Tasks} tasks.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Tasks} tasks, {new FileInfo(path).Length / 1e6:0} MB: read {read.TotalSeconds:0.0} s, with aggregation {total.TotalSeconds:0.0} s (processor {(process.TotalProcessorTime - processorBefore).TotalSeconds:0.0} s), peak memory {process.PeakWorkingSet64 / 1e6:0} MB, allocated {GC.GetTotalAllocatedBytes() / 1e6:0} MB"));
        return total < MostTime && process.PeakWorkingSet64 < 1_000_000_000;
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
