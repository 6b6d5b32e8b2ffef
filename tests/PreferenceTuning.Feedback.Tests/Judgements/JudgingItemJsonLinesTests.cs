using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Tests.Judgements;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class JudgingItemJsonLinesTests
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("items").FullName, "items.jsonl");

    [TearDown]
    public void Remove() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Test]
    public void Items_are_written_the_same_after_reading()
    {
        var full = JudgementJsonLinesTests.Full();
        JudgingItemJsonLines.WriteFile(_path,
        [
            new JudgingItem { Id = "p1", Prompt = full.Prompt, Candidates = full.Candidates, Gold = "y" },
            new JudgingItem { Id = "東京", Prompt = "Write.\u2028" },
        ]);
        var once = File.ReadAllBytes(_path);

        JudgingItemJsonLines.WriteFile(_path, JudgingItemJsonLines.Read(FeedbackInput.FromFile(_path)));

        Assert.That(File.ReadAllBytes(_path), Is.EqualTo(once));
        Assert.That(JudgingItemJsonLines.Read(FeedbackInput.FromFile(_path))[0].Candidates[0].Sampling, Is.EqualTo(full.Candidates[0].Sampling));
    }

    [TestCase("""{"id":"p","prompt":"q"}""" + "\n" + """{"id":"p","prompt":"r"}""", "items.jsonl(2)")]
    [TestCase("""{"prompt":"q","candidates":["x"],"gold":"b"}""", "'b'")]
    [TestCase("""{"promt":"q"}""", "promt")]
    public void An_item_that_cannot_be_is_told(string lines, string expected) =>
        Assert.That(
            () => JudgingItemJsonLines.Read(FeedbackInput.FromText("items.jsonl", lines)),
            Throws.TypeOf<FeedbackFormatException>().With.Message.Contains(expected));
}
