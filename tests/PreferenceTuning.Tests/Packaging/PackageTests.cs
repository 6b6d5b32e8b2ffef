using NUnit.Framework;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Tests.Packaging;

/// <summary>What a user of the package gets.</summary>
public sealed class PackageTests : IDisposable
{
    private PackedPackage _package = null!;

    [OneTimeSetUp]
    public void Pack() => _package = new PackedPackage("PreferenceTuning");

    /// <summary>After the last test.</summary>
    public void Dispose() => _package?.Dispose();

    [TestCase("README.md")]
    [TestCase("icon.png")]
    [TestCase("THIRD-PARTY-NOTICES.md")]
    [TestCase("lib/net10.0/PreferenceTuning.dll")]
    [TestCase("lib/net10.0/PreferenceTuning.xml")]
    [TestCase("buildTransitive/PreferenceTuning.targets")]
    [TestCase("buildTransitive/PatchLibTorchSharp.cs")]
    public void The_package_holds(string file) => Assert.That(_package.Files, Has.One.EqualTo(file));

    [Test]
    public void Symbols_are_in_their_own_package()
    {
        Assert.That(_package.SymbolFiles, Has.One.EqualTo("lib/net10.0/PreferenceTuning.pdb"));
        Assert.That(_package.Files.Where(file => file.EndsWith(".pdb", StringComparison.Ordinal)), Is.Empty);
    }

    [TestCase("license", "MIT")]
    [TestCase("readme", "README.md")]
    [TestCase("icon", "icon.png")]
    [TestCase("id", "PreferenceTuning")]
    public void The_package_says(string element, string value) => Assert.That(_package.Metadata(element), Is.EqualTo(value));

    [Test]
    public void The_application_chooses_the_backend()
    {
        Assert.That(_package.Dependencies, Has.One.EqualTo("TorchSharp"));
        Assert.That(
            _package.Dependencies.Where(
                id => id.StartsWith("TorchSharp-", StringComparison.Ordinal) || id.StartsWith("libtorch", StringComparison.Ordinal)),
            Is.Empty);
    }

    [Test]
    public void Analyzers_and_the_version_tool_stay_here() =>
        Assert.That(_package.Dependencies.Where(id => id.Contains("Analyzers", StringComparison.Ordinal) || id == "MinVer"), Is.Empty);

    [Test]
    public void The_patch_in_the_package_is_the_one_that_the_tests_prove() => Assert.That(
        _package.Read("buildTransitive/PatchLibTorchSharp.cs"),
        Is.EqualTo(
            File.ReadAllBytes(
                Path.Combine(GoldenFolder.RepositoryRoot, "src", "PreferenceTuning", "buildTransitive", "PatchLibTorchSharp.cs"))));

    [Test]
    public void Packing_warns_of_nothing() => Assert.That(_package.Log, Does.Not.Contain("warning"));
}
