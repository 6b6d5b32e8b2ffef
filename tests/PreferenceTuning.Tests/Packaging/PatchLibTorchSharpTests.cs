using NUnit.Framework;
using PreferenceTuning.Build;

namespace PreferenceTuning.Tests.Packaging;

/// <summary>The build step that lets TorchSharp's native library load on Debian 12 and Ubuntu 22.04, on the real file.</summary>
[Platform("Linux")]
public sealed class PatchLibTorchSharpTests
{
    private static readonly string Output = Path.Combine(
        AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
    private string _folder = "";

    private static string Original
    {
        get
        {
            var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
            var path = Path.Combine(packages, "torchsharp", "0.107.0", "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
            Assume.That(File.Exists(path), Is.True, $"the package cache has no {path}; 'dotnet restore' brings it, or NUGET_PACKAGES says where the cache is");
            return path;
        }
    }

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("patch").FullName;

    [TearDown]
    public void DropFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_package_cache_is_untouched_and_the_output_differs_by_one_byte()
    {
        var original = File.ReadAllBytes(Original);
        var patched = File.ReadAllBytes(Output);
        var differing = Enumerable.Range(0, original.Length).Where(i => original[i] != patched[i]).ToArray();

        Assert.That(patched, Has.Length.EqualTo(original.Length));
        Assert.That(differing, Has.Length.EqualTo(1));
        Assert.That(differing[0], Is.EqualTo(VersionNeedPatch.FindFlags(original, VersionNeedPatch.Version)));
        Assert.That((original[differing[0]], patched[differing[0]]), Is.EqualTo(((byte)0, (byte)2)));
    }

    [Test]
    public void A_second_run_changes_nothing()
    {
        var path = Path.Combine(_folder, "libLibTorchSharp.so");
        File.Copy(Original, path);
        var written = File.GetLastWriteTimeUtc(path);

        Assert.That(VersionNeedPatch.Apply(path, VersionNeedPatch.Version), Is.True);
        var once = File.ReadAllBytes(path);
        Assert.That(VersionNeedPatch.Apply(path, VersionNeedPatch.Version), Is.False);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(once));
        Assert.That(File.GetLastWriteTimeUtc(path), Is.EqualTo(written), "an incremental build would copy the original over a newer file");
    }

    [Test]
    public void The_patched_file_is_a_new_file_so_that_a_hard_link_into_the_cache_stays_as_it_was()
    {
        var cached = Path.Combine(_folder, "cached.so");
        var output = Path.Combine(_folder, "output.so");
        File.Copy(Original, cached);
        Link(cached, output);

        VersionNeedPatch.Apply(output, VersionNeedPatch.Version);

        Assert.That(File.ReadAllBytes(cached), Is.EqualTo(File.ReadAllBytes(Original)));
        Assert.That(File.ReadAllBytes(output), Is.Not.EqualTo(File.ReadAllBytes(Original)));
    }

    [TestCase("text", "it is not an ELF file.")]
    [TestCase("truncated", "it is cut short")]
    [TestCase("other", "it does not need GLIBCXX_9.9.")]
    public void A_wrong_file_is_refused_with_the_reason(string kind, string reason)
    {
        var image = File.ReadAllBytes(Original);
        var path = Path.Combine(_folder, "wrong.so");
        File.WriteAllBytes(path, kind switch { "text" => new byte[100], "truncated" => image[..4096], _ => image });

        var error = Assert.Throws<InvalidDataException>(
            () => VersionNeedPatch.Apply(path, kind == "other" ? "GLIBCXX_9.9" : VersionNeedPatch.Version));

        Assert.That(error!.Message, Does.StartWith(reason));
    }

    private static void Link(string existing, string link)
    {
        using var process = System.Diagnostics.Process.Start("ln", [existing, link]);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }
}
