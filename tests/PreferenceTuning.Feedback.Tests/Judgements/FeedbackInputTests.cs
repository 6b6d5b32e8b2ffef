using System.IO.Compression;
using System.Text;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Tests.Judgements;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FeedbackInputTests
{
    private const string Line = """{"prompt":"p","candidates":["x","y"]}""" + "\n";

    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("input").FullName, "judged.jsonl.gz");

    [TearDown]
    public void Remove() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Test]
    public void A_gzip_file_is_read_whole_also_when_it_has_several_members()
    {
        File.WriteAllBytes(_path, [.. Packed(Line), .. Packed(Line + Line)]);

        Assert.That(JudgementJsonLines.ReadFile(_path), Has.Count.EqualTo(3));
    }

    [Test]
    public void A_gzip_file_that_is_cut_anywhere_is_refused_even_where_its_lines_seem_whole()
    {
        var whole = Packed(string.Concat(Enumerable.Repeat(Line, 50)));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            Assert.That(() => JudgementJsonLines.ReadFile(_path), Throws.TypeOf<FeedbackFormatException>().With.Message.StartsWith("judged.jsonl.gz"), $"{length} bytes");
        }
    }

    private static byte[] Packed(string text)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return stream.ToArray();
    }
}
