using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Parquet.Tests;

/// <summary>Every Parquet file of the reference set, with the file that says what it holds.</summary>
internal static class GoldenFiles
{
    public static IEnumerable<TestCaseData> All()
    {
        foreach (var expected in Expectations())
        {
            foreach (var file in Rows(expected, "files").Select(file => file.GetString()!).Where(file => Path.GetExtension(file) is not (".json" or ".jsonl")))
                yield return new TestCaseData(expected, Path.Combine(Path.GetDirectoryName(expected)!, file)).SetArgDisplayNames($"{Path.GetFileName(Path.GetDirectoryName(expected))}/{file}");
        }
    }

    /// <summary>The files of the public layouts, which hold judgements; the others only vary encodings.</summary>
    public static IEnumerable<TestCaseData> Layouts() => All().Where(data => IsLayout((string)data.Arguments[1]!));

    public static List<JsonElement> Rows(string expected, string name = "rows")
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(expected));
        return [.. json.RootElement.GetProperty(name).EnumerateArray().Select(row => row.Clone())];
    }

    public static void RequireParquet(string file)
    {
        if (Path.GetExtension(file) != ".parquet")
            Assert.Ignore($"No reader for {Path.GetExtension(file)} files: Arrow's stream format is what save_to_disk leaves on one machine; the Hub holds Parquet.");
        if (!File.Exists(file))
            Assert.Ignore($"{Path.GetFileName(file)} is not in the set.");
    }

    private static bool IsLayout(string file) => Path.GetFileName(Path.GetDirectoryName(file)) is "layouts" or "argilla";

    // The index, and what lies beside it without standing in it.
    private static List<string> Expectations()
    {
        var index = GoldenFolder.Path("datasets", "index.json");
        var named = File.Exists(index) ? GoldenFolder.Json("datasets", "index.json").EnumerateArray().Select(entry => GoldenFolder.Path("datasets", entry.GetProperty("name").GetString() + ".expected.json")) : [];
        var lying = Directory.Exists(GoldenFolder.Path("datasets")) ? Directory.GetFiles(GoldenFolder.Path("datasets"), "*.expected.json", SearchOption.AllDirectories) : [];
        return [.. named.Concat(lying).Select(Path.GetFullPath).Distinct().Order(StringComparer.Ordinal)];
    }
}
