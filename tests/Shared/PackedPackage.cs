using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;

namespace PreferenceTuning.Tests.Shared;

/// <summary>A package of this repository, packed from what is built, opened.</summary>
internal sealed class PackedPackage : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("packed");
    private readonly ZipArchive _package;
    private readonly ZipArchive _symbols;

    /// <summary>Packs the project <c>src/name</c>, which the calling test project references, in the configuration of the tests.</summary>
    public PackedPackage(string name)
    {
        var configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
        var project = Path.Combine(GoldenFolder.RepositoryRoot, "src", name);
        Log = Run("pack", project, "-c", configuration, "--no-build", "--nologo", "-o", _folder.FullName);
        _package = ZipFile.OpenRead(_folder.GetFiles("*.nupkg").Single().FullName);
        _symbols = ZipFile.OpenRead(_folder.GetFiles("*.snupkg").Single().FullName);
    }

    /// <summary>What pack said.</summary>
    public string Log { get; }

    /// <summary>Names of the files in the package.</summary>
    public IReadOnlyList<string> Files => [.. _package.Entries.Select(entry => entry.FullName)];

    /// <summary>Names of the files in the symbol package.</summary>
    public IReadOnlyList<string> SymbolFiles => [.. _symbols.Entries.Select(entry => entry.FullName)];

    /// <summary>The text of the element of that name in the nuspec; empty when there is none.</summary>
    public string Metadata(string element) => Nuspec.Descendants().FirstOrDefault(node => node.Name.LocalName == element)?.Value ?? "";

    /// <summary>Ids of the packages that this one brings along.</summary>
    public IReadOnlyList<string> Dependencies => [.. Nuspec.Descendants().Where(node => node.Name.LocalName == "dependency").Select(node => node.Attribute("id")!.Value)];

    /// <summary>The bytes of a file in the package.</summary>
    public byte[] Read(string name)
    {
        using var stream = _package.GetEntry(name)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private XDocument Nuspec => XDocument.Load(new MemoryStream(Read(Files.Single(file => file.EndsWith(".nuspec", StringComparison.Ordinal)))));

    /// <inheritdoc/>
    public void Dispose()
    {
        _package.Dispose();
        _symbols.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // A build inside a test run must not believe that it is the outer one.
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} failed:\n{output}");
    }
}
