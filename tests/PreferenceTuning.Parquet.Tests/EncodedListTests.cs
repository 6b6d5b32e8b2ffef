using System.Text;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Parquet.Tests;

/// <summary>
/// Forty rows of lists, lists of lists, truth values and numbers with nulls, written by Arrow's C++ library (through ParquetSharp 25.0.1)
/// in pages of about 60 bytes: what the reference files do not hold together (second-version pages with lists, Hadoop's lz4).
/// </summary>
[TestFixture]
public sealed class EncodedListTests
{
    private static readonly string Folder = Path.Combine(GoldenFolder.RepositoryRoot, "tests", "PreferenceTuning.Parquet.Tests", "Files");

    public static IEnumerable<string> Names() =>
        Directory.GetFiles(Folder, "*.parquet").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Names))]
    public void Lists_are_read_from_many_small_pages(string name)
    {
        var lines = ParquetFeedback.ToJsonLines(FeedbackInput.FromFile(Path.Combine(Folder, name)));

        Assert.That(Encoding.UTF8.GetString(lines.Bytes.Span), Is.EqualTo(File.ReadAllText(Path.Combine(Folder, "rows.jsonl"))));
    }
}
