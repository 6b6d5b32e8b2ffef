using System.Text.RegularExpressions;
using NUnit.Framework;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>The page on extending shows code that is compiled: each of its snippets stands in a sample, indentation aside.</summary>
public sealed class ExtendingPageTests
{
    private static IEnumerable<TestCaseData> Snippets()
    {
        var page = File.ReadAllText(Path.Combine(GoldenFolder.RepositoryRoot, "docs", "extending.md"));
        return Regex.Matches(page, "```csharp\n(.*?)```", RegexOptions.Singleline).Select(match => match.Groups[1].Value)
            .Select(snippet => new TestCaseData(snippet).SetArgDisplayNames(snippet.Split('\n')[0]));
    }

    [TestCaseSource(nameof(Snippets))]
    public void A_snippet_stands_in_a_sample(string snippet)
    {
        var samples = new[] { "02-own-loop", "03-own-loss-and-reward" }
            .SelectMany(sample => Directory.GetFiles(Path.Combine(GoldenFolder.RepositoryRoot, "samples", sample), "*.cs"))
            .Select(File.ReadAllText);
        Assert.That(samples.Any(sample => Plain(sample).Contains(Plain(snippet), StringComparison.Ordinal)), Is.True, snippet);
    }

    [Test]
    public void There_are_snippets() => Assert.That(Snippets().Count(), Is.GreaterThan(8));

    private static string Plain(string code) =>
        string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));
}
