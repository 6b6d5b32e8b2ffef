using NUnit.Framework;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.Packaging;

/// <summary>What a user of the package gets.</summary>
public sealed class PackageTests : IDisposable
{
    private PackedPackage _package = null!;

    [OneTimeSetUp]
    public void Pack() => _package = new PackedPackage("PreferenceTuning.Feedback");

    /// <summary>After the last test.</summary>
    public void Dispose() => _package?.Dispose();

    [TestCase("README.md")]
    [TestCase("icon.png")]
    [TestCase("lib/net10.0/PreferenceTuning.Feedback.dll")]
    [TestCase("lib/net10.0/PreferenceTuning.Feedback.xml")]
    public void The_package_holds(string file) => Assert.That(_package.Files, Has.One.EqualTo(file));

    [Test]
    public void Symbols_are_in_their_own_package() =>
        Assert.That(_package.SymbolFiles, Has.One.EqualTo("lib/net10.0/PreferenceTuning.Feedback.pdb"));

    [TestCase("license", "MIT")]
    [TestCase("readme", "README.md")]
    [TestCase("icon", "icon.png")]
    public void The_package_says(string element, string value) => Assert.That(_package.Metadata(element), Is.EqualTo(value));

    [Test]
    public void It_needs_neither_tensors_nor_the_core() =>
        Assert.That(_package.Dependencies, Is.EqualTo(["MathNet.Numerics", "YamlDotNet"]));

    [Test]
    public void Packing_warns_of_nothing() => Assert.That(_package.Log, Does.Not.Contain("warning"));
}
