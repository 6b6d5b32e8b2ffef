using System.Text.Json;
using NUnit.Framework;

namespace PreferenceTuning.Tests.Shared;

/// <summary>
/// Where the reference numbers are: <c>PREFERENCETUNING_GOLDEN</c> when set, else the copy in <c>tests/golden</c>.
/// Both have the same layout, so the same tests run on a set that nobody here has seen.
/// </summary>
internal static class GoldenFolder
{
    private static readonly Lazy<string> Located = new(Locate);

    /// <summary>The root of the reference set.</summary>
    public static string Root => Located.Value;

    /// <summary>A path inside the reference set.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>Reads a JSON file of the reference set.</summary>
    public static JsonElement Json(params string[] parts)
    {
        using var stream = File.OpenRead(Path(parts));
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    /// <summary>The files that match a pattern in a folder of the set, by name; none when the folder is not part of it.</summary>
    public static IReadOnlyList<string> Files(string pattern, params string[] folder) =>
        Directory.Exists(Path(folder)) ? [.. Directory.GetFiles(Path(folder), pattern).Order(StringComparer.Ordinal)] : [];

    /// <summary>The folders inside a folder of the set, by name; none when the folder is not part of it.</summary>
    public static IReadOnlyList<string> Folders(params string[] folder) =>
        Directory.Exists(Path(folder)) ? [.. Directory.GetDirectories(Path(folder)).Order(StringComparer.Ordinal)] : [];

    private static string Locate()
    {
        var given = Environment.GetEnvironmentVariable("PREFERENCETUNING_GOLDEN");
        if (!string.IsNullOrEmpty(given))
        {
            return Directory.Exists(given)
                ? System.IO.Path.GetFullPath(given)
                : throw new DirectoryNotFoundException($"PREFERENCETUNING_GOLDEN is '{given}', which is not a folder.");
        }

        return System.IO.Path.Combine(RepositoryRoot, "tests", "golden");
    }

    /// <summary>The folder that holds PreferenceTuning.sln.</summary>
    public static string RepositoryRoot
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(System.IO.Path.Combine(folder.FullName, "PreferenceTuning.sln")))
                {
                    return folder.FullName;
                }
            }

            throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds PreferenceTuning.sln.");
        }
    }

    /// <summary>
    /// A folder of real input that lies beside the checkout (<c>../shared</c>, or <c>PREFERENCETUNING_SHARED</c>), or null
    /// where there is none: tests that need it skip with a reason.
    /// </summary>
    public static string? RealInput(params string[] parts)
    {
        var root = Environment.GetEnvironmentVariable("PREFERENCETUNING_SHARED") ?? System.IO.Path.Combine(RepositoryRoot, "..", "shared");
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine([root, .. parts]));
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }

    /// <summary>The same; where there is none, the test that asks is skipped, and says what it wants.</summary>
    public static string NeededRealInput(params string[] parts)
    {
        var found = RealInput(parts);
        if (found is null)
        {
            Assert.Ignore(
                $"{string.Join('/', parts)} is not in ../shared: it was made by others and is no part of this repository. To run this test, put it " +
                "there, or name the folder that holds it with PREFERENCETUNING_SHARED.");
        }

        return found!;
    }
}
