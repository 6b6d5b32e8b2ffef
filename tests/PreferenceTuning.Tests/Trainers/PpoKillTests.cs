using NUnit.Framework;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>
/// A process that trains PPO is killed in the middle, started again, killed again and started again: it ends with the same bits.
/// </summary>
public sealed class PpoKillTests
{
    private const int Iterations = 12;

    [Test]
    public void A_killed_and_resumed_run_ends_with_the_weights_of_an_undisturbed_one()
    {
        var undisturbed = InFolder(folder => RunToTheEnd(folder, beginsAt: 0));
        var killed = InFolder(folder =>
        {
            var first = RunAndKill(folder, beginsAt: 0, after: 3);
            var second = RunAndKill(folder, beginsAt: first, after: first + 3);
            return RunToTheEnd(folder, beginsAt: second);
        });
        Assert.That(killed, Is.EqualTo(undisturbed));
    }

    /// <summary>Kills the process once it has saved the given iteration, and returns the newest one that it has saved by then.</summary>
    private static long RunAndKill(string folder, long beginsAt, long after)
    {
        using var process = PpoChild.Start(folder, Iterations);
        long saved = 0;
        for (var line = First(process, beginsAt); saved < after && line is not null; line = process.StandardOutput.ReadLine())
        {
            saved = line.StartsWith("saved ", StringComparison.Ordinal) ? long.Parse(line[6..]) : saved;
        }

        process.Kill();
        process.WaitForExit();
        var rest = process.StandardOutput.ReadToEnd();
        Assert.That(rest, Does.Not.Contain("ends"), "the process was through before it was killed, so this run proved nothing");
        return Math.Max(saved, new PreferenceTuning.Checkpoints.CheckpointStore(folder).FindNewest().Newest?.Step ?? 0);
    }

    private static string RunToTheEnd(string folder, long beginsAt)
    {
        using var process = PpoChild.Start(folder, Iterations);
        First(process, beginsAt);
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, () => process.StandardError.ReadToEnd());
        Assert.That(lines, Has.Length.EqualTo(Iterations - beginsAt + 1));
        return lines[^1];
    }

    private static string First(System.Diagnostics.Process process, long beginsAt)
    {
        var line = process.StandardOutput.ReadLine();
        if (line is null)
        {
            Assert.Fail($"the process said nothing: {process.StandardError.ReadToEnd()}");
        }

        Assert.That(line, Is.EqualTo($"begins {beginsAt}"));
        return line!;
    }

    private static string InFolder(Func<string, string> action)
    {
        var folder = Directory.CreateTempSubdirectory("preference-tuning-").FullName;
        try
        {
            return action(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
