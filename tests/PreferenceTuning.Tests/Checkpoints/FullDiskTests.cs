using System.Diagnostics;
using NUnit.Framework;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Checkpoints;

/// <summary>A save that cannot be completed says so and leaves the earlier checkpoints as they were.</summary>
public sealed class FullDiskTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("preference-tuning-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    [Platform("Linux")]
    public void A_disk_that_fills_up_while_files_are_written()
    {
        var store = new CheckpointStore(_folder);
        CheckpointWriter.Save(store, 1);
        // /dev/full answers every write with the system's "no space left on device".
        void Write(string folder)
        {
            File.WriteAllBytes(Path.Combine(folder, "half.bin"), new byte[1000]);
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            full.Write(new byte[100_000]);
        }

        Assert.That(() => store.Save(2, "options", [], Write), Throws.TypeOf<CheckpointException>()
            .With.Message.Contains("step 2").And.Message.Contains("No space left on device")
            .And.Message.Contains("the newest of step 1").And.Message.Contains("Free space"));
        Assert.That(Directory.GetFileSystemEntries(_folder, "step-*"), Has.Length.EqualTo(1));
        Assert.That(store.FindNewest().Newest!.Step, Is.EqualTo(1));
    }

    [Test]
    public void The_remedy_is_said_once_also_where_the_file_that_did_not_fit_names_it()
    {
        void Write(string folder) => DurableFile.Replace(Path.Combine(folder, "weights"), _ => throw new IOException("No space left on device"));
        var error = Assert.Throws<CheckpointException>(() => new CheckpointStore(_folder).Save(2, "options", [], Write))!;
        Assert.That(error.Message, Does.Contain("weights' could not be written: No space left on device. There is no earlier one. Free space"));
        Assert.That(error.Message.Split("Free space"), Has.Length.EqualTo(2));
    }

    [Test]
    public void A_folder_that_cannot_be_made()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "in the way");
        Assert.That(() => CheckpointWriter.Save(new CheckpointStore(Path.Combine(file, "checkpoints")), 1), Throws.TypeOf<CheckpointException>()
            .With.Message.Contains("There is no earlier one").And.Message.Contains(file));
        Assert.That(File.ReadAllText(file), Is.EqualTo("in the way"));
    }

    /// <summary>The whole thing on a real file system of one megabyte, where the test may mount one.</summary>
    [Test]
    [Platform("Linux")]
    public void A_real_full_file_system()
    {
        if (Environment.UserName != "root" || Run("mount", "-t", "tmpfs", "-o", "size=1m", "none", _folder) != 0)
        {
            Assert.Ignore("mounting a small file system needs rights that this process does not have: run the tests as root (in a container, with CAP_SYS_ADMIN)");
        }

        try
        {
            // 250 kB and a little more each: with two kept, the third and the fourth are the most that ever fit.
            var store = new CheckpointStore(_folder, new CheckpointStoreOptions { KeepLast = 10 });
            long saved = 0;
            var error = Assert.Throws<CheckpointException>(() =>
            {
                for (; saved < 10; saved++)
                {
                    CheckpointWriter.Save(store, saved + 1);
                }
            });
            Assert.That(saved, Is.InRange(2, 4));
            Assert.That(error!.Message, Does.Contain("No space left on device").And.Contain($"the newest of step {saved}"));
            Assert.That(store.FindNewest().Newest!.Step, Is.EqualTo(saved));
            Assert.That(Directory.GetFileSystemEntries(_folder, "*.tmp-*"), Is.Empty);
        }
        finally
        {
            Run("umount", _folder);
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No such program here.
            return -1;
        }
    }
}
