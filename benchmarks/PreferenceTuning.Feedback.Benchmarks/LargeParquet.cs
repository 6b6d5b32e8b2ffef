using System.Diagnostics;
using System.Globalization;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Parquet;

namespace PreferenceTuning.Feedback.Benchmarks;

/// <summary>Writes and reads 250,000 preference pairs as Parquet.</summary>
internal static class LargeParquet
{
    private const int Pairs = 250_000;

    /// <summary>Prints one line and says whether every pair came back.</summary>
    public static bool Run()
    {
        var path = Path.Combine(Path.GetTempPath(), $"large-pairs-{Environment.ProcessId}.parquet");
        try
        {
            var begun = Stopwatch.StartNew();
            TrlParquetWriter.WriteFile(path, Enumerable.Range(1, Pairs).Select(Pair));
            var written = begun.Elapsed;
            var reading = ParquetFeedback.Read(FeedbackInput.FromFile(path));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Pairs} pairs as Parquet, {new FileInfo(path).Length / 1e6:0} MB: written {written.TotalSeconds:0.0} s, read {(begun.Elapsed - written).TotalSeconds:0.0} s, allocated {GC.GetTotalAllocatedBytes() / 1e6:0} MB since the start"));
            return reading.Judgements.Count == Pairs;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TrlPreference Pair(int number) => new(
        string.Create(CultureInfo.InvariantCulture, $"Question number {number} about a winter river and a lantern?"),
        string.Create(CultureInfo.InvariantCulture, $"Forest meadow winter winter candle copper candle thunder number {number}."),
        string.Create(CultureInfo.InvariantCulture, $"Thunder winter river copper lantern paper violin number {number}."),
        number % 5);
}
