using System.Diagnostics;
using NUnit.Framework;
using Opossum.Terminal;

namespace PreferenceTuning.Samples.Tests.Pipeline;

/// <summary>
/// A disk that fills up in the middle of a run: the file and the remedy are named, nothing torn is left, and with room the run goes on to
/// the result of an undisturbed one. On a real file system of some kilobytes, where the test may mount one.
/// </summary>
[Platform("Linux")]
public sealed class FullDiskTests
{
    private string _output = "";

    [SetUp]
    public void Mount()
    {
        _output = Directory.CreateTempSubdirectory("full-disk").FullName;
        if (Environment.UserName != "root" || Run("mount", "-t", "tmpfs", "-o", "size=64m", "none", _output) != 0)
        {
            Directory.Delete(_output);
            Assert.Ignore("mounting a small file system needs rights that this process does not have: run the tests as root (in a container, with CAP_SYS_ADMIN)");
        }
    }

    [TearDown]
    public void Unmount()
    {
        if (Directory.Exists(_output))
        {
            Run("umount", _output);
            Directory.Delete(_output);
        }
    }

    [Test]
    public void Wherever_it_fills_up_the_run_can_go_on()
    {
        var options = new RunOptions { Output = _output };
        Assert.That(TinyJob.Run(options), Is.EqualTo((0, "")));
        var undisturbed = TinyJob.Result(_output);
        var whole = Directory.EnumerateFiles(_output, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        List<string> failures = [];
        foreach (var share in new[] { 0.04, 0.1, 0.2, 0.7 })
        {
            Empty();
            Resize((long)(share * whole));
            var (exitCode, error) = TinyJob.Run(options);
            Assert.That((exitCode, error), Is.EqualTo((1, error)), $"at {share:P0}");
            Assert.That(error, Does.Contain(_output).And.Contain("No space left on device").And.Contain("room").And.Contain("--resume"));
            Assert.That(error, Does.Not.Contain("   at "), "no stack trace");
            Assert.That(Directory.EnumerateFileSystemEntries(_output, "*", SearchOption.AllDirectories).Where(IsTorn), Is.Empty, $"at {share:P0}");
            failures.Add(error);

            Resize(64 << 20);
            Assert.That(TinyJob.Run(options with { Resume = true }), Is.EqualTo((0, "")), $"at {share:P0}, after: {error}");
            Assert.That(TinyJob.Result(_output), Is.EqualTo(undisturbed), $"at {share:P0}, after: {error}");
        }

        // The shares are meant to meet several phases; if they all met the same one, this test would prove little.
        Assert.That(failures.Distinct().Count(), Is.GreaterThanOrEqualTo(3), string.Join('\n', failures));
    }

    private static bool IsTorn(string path) => path.Contains(".tmp", StringComparison.Ordinal) || path.Contains("unfinished", StringComparison.Ordinal);

    private void Empty()
    {
        foreach (var folder in Directory.EnumerateDirectories(_output))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var file in Directory.EnumerateFiles(_output))
        {
            File.Delete(file);
        }
    }

    private void Resize(long bytes) =>
        Assert.That(Run("mount", "-o", FormattableString.Invariant($"remount,size={bytes / 1024}k"), _output), Is.Zero);

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
