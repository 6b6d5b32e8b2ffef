using NUnit.Framework;
using PreferenceTuning.Numerics.Native;

namespace PreferenceTuning.Tests.Numerics;

public sealed class LibTorchLocationTests
{
    [Test]
    public void A_folder_that_does_not_exist_is_named()
    {
        OnlyOnLinux();
        Assert.That(
            () => LibTorchLocation.Load("/no/such/folder"),
            Throws.InstanceOf<DirectoryNotFoundException>().With.Message.Contains("PREFERENCETUNING_LIBTORCH is '/no/such/folder'"));
    }

    [Test]
    public void A_folder_without_libtorch_is_named_with_the_missing_library()
    {
        OnlyOnLinux();
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            Assert.That(
                () => LibTorchLocation.Load(folder.FullName),
                Throws.InstanceOf<FileNotFoundException>().With.Message.Contains("lacks libc10.so"));
        }
        finally
        {
            folder.Delete();
        }
    }

    [Test]
    public void The_folder_of_the_package_loads()
    {
        OnlyOnLinux();
        var folder = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
        var loaded = LibTorchLocation.Load(folder);
        Assert.That(loaded.Select(Path.GetFileName), Is.SupersetOf(new[] { "libc10.so", "libtorch_cpu.so", "libtorch.so" }));
    }

    private static void OnlyOnLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("PREFERENCETUNING_LIBTORCH preloads libraries on Linux only: run this test there");
        }
    }
}
