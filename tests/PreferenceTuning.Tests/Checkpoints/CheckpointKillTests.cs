using System.Diagnostics;
using NUnit.Framework;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Checkpoints;

/// <summary>The process that saves is killed at random moments: nothing torn is loaded, nothing acknowledged is lost.</summary>
public sealed class CheckpointKillTests
{
    private const int Kills = 20;

    [Test]
    public void A_kill_at_any_moment_tears_nothing_and_loses_nothing_that_was_acknowledged()
    {
        var folder = Directory.CreateTempSubdirectory("preference-tuning-").FullName;
        try
        {
            var random = new SeededRandom(1);
            long acknowledged = 0;
            var interrupted = 0;
            for (var kill = 0; kill < Kills; kill++)
            {
                acknowledged = Math.Max(acknowledged, RunAndKill(folder, random.NextInt(120)));
                interrupted += Directory.GetFileSystemEntries(folder, "*.tmp-*").Length > 0 ? 1 : 0;
                Check(folder, acknowledged);
            }

            TestContext.Out.WriteLine($"{Kills} kills, {interrupted} of them within a save; {acknowledged} checkpoints acknowledged");
            Assert.That(interrupted, Is.GreaterThan(0), "no kill hit a save, so this run proved nothing: save more or larger files");
            CheckpointWriter.Save(new CheckpointStore(folder), acknowledged + 2);
            Assert.That(Directory.GetFileSystemEntries(folder, "*.tmp-*"), Is.Empty, "the next save sweeps what the kills left");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Lets a writer acknowledge one checkpoint, waits, kills it, and returns the last step that it acknowledged.</summary>
    private static long RunAndKill(string folder, int milliseconds)
    {
        using var process = CheckpointWriter.Start(folder);
        var first = process.StandardOutput.ReadLine();
        if (first is null)
        {
            process.WaitForExit();
            Assert.Fail($"the writer ended by itself: {process.StandardError.ReadToEnd()}");
        }

        var watch = Stopwatch.StartNew();
        while (watch.ElapsedMilliseconds < milliseconds)
        {
            Thread.Sleep(1);
        }

        process.Kill();
        process.WaitForExit();
        var rest = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(rest.LastOrDefault() ?? first!);
    }

    private static void Check(string folder, long acknowledged)
    {
        var (newest, rejected) = new CheckpointStore(folder).FindNewest();
        Assert.That(rejected, Is.Empty);
        Assert.That(newest!.Step, Is.InRange(acknowledged, acknowledged + 1));
        Assert.That(newest.State.GetProperty("step").GetInt64(), Is.EqualTo(newest.Step));
        Assert.That(File.ReadAllBytes(newest.PathOf("model/weights.bin")), Is.EqualTo(CheckpointWriter.Content(newest.Step, 200_000)));
        Assert.That(File.ReadAllBytes(newest.PathOf("optimizer.bin")), Is.EqualTo(CheckpointWriter.Content(newest.Step, 50_000)));
    }
}
