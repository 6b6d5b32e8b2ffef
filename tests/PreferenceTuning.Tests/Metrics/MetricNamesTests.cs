using System.Net;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using PreferenceTuning.Metrics;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Tests.Metrics;

/// <summary>docs/metrics.md is MetricNames.cs as a table. <c>PREFERENCETUNING_UPDATE_DOCS=1</c> writes it anew.</summary>
public sealed partial class MetricNamesTests
{
    private static readonly string Source = File.ReadAllText(
        Path.Combine(GoldenFolder.RepositoryRoot, "src", "PreferenceTuning", "Metrics", "MetricNames.cs"));

    private static readonly string Document = Path.Combine(GoldenFolder.RepositoryRoot, "docs", "metrics.md");

    private static readonly List<FieldInfo> Constants = [.. typeof(MetricNames).GetFields(BindingFlags.Public | BindingFlags.Static)];

    [Test]
    public void Every_name_is_there_once_and_in_the_form_group_slash_name()
    {
        var names = Constants.Select(field => (string)field.GetRawConstantValue()!).ToList();
        Assert.That(names, Is.Unique);
        Assert.That(names, Is.All.Match("^[a-z_]+/[a-z_]+$"));
    }

    [Test]
    public void Every_name_says_its_estimator_and_its_unit()
    {
        var documented = Entries().Select(entry => entry.Name).ToList();
        Assert.That(
            documented, Is.EqualTo(Constants.Select(field => (string)field.GetRawConstantValue()!)),
            "a summary of the form 'What. Estimator: how. Unit: which.' was expected");
    }

    [Test]
    public void The_document_is_the_source_as_a_table()
    {
        var expected = Render();
        if (Environment.GetEnvironmentVariable("PREFERENCETUNING_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Document, expected);
        }

        Assert.That(
            File.ReadAllText(Document).ReplaceLineEndings("\n"), Is.EqualTo(expected),
            "run this test with PREFERENCETUNING_UPDATE_DOCS=1 to write docs/metrics.md anew");
    }

    private static string Render()
    {
        var page = new StringBuilder("""
            # Metrics

            What the trainers report, under which name, how it is estimated and in which unit. Names are those of OpenAI's lm-human-preferences and
            of TRL where they have one. Every mean over tokens is over response tokens: padding never counts. NaN and infinities are reported as they
            are. This page is `src/PreferenceTuning/Metrics/MetricNames.cs` as a table, and a test holds them together.

            """.ReplaceLineEndings("\n"));
        foreach (var group in Entries().GroupBy(entry => entry.Group))
        {
            page.Append(
                $"\n## {group.Key.Split(": ")[0]}\n{group.Key.Split(": ")[1]}\n\n| name | what it is | estimator | unit " +
                "|\n|---|---|---|---|\n");
            foreach (var entry in group)
            {
                page.Append($"| `{entry.Name}` | {entry.Meaning} | {entry.Estimator} | {entry.Unit} |\n");
            }
        }

        return page.ToString();
    }

    private static IEnumerable<(string Group, string Name, string Meaning, string Estimator, string Unit)> Entries()
    {
        var group = "";
        foreach (Match match in Entry().Matches(Source))
        {
            group = match.Groups["group"] is { Success: true } heading ? heading.Value : group;
            var summary = Summary().Match(WebUtility.HtmlDecode(Margin().Replace(match.Groups["doc"].Value, " ")).Trim());
            if (summary.Success)
            {
                yield return (
                    group, match.Groups["name"].Value, summary.Groups["meaning"].Value, summary.Groups["estimator"].Value,
                    summary.Groups["unit"].Value);
            }
        }
    }

    [GeneratedRegex("""(?:\n    // (?<group>.+: .+\.)\n\n)?    /// <summary>(?<doc>(?:.|\n)*?)</summary>\n    public const string \w+ = "(?<name>[^"]+)";""")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\s*\n\s*///\s*")]
    private static partial Regex Margin();

    [GeneratedRegex(@"^(?<meaning>.+)\. Estimator: (?<estimator>.+)\. Unit: (?<unit>.+)\.$")]
    private static partial Regex Summary();
}
