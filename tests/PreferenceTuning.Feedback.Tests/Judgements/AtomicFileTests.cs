using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Tests.Judgements;

public sealed class AtomicFileTests
{
    private string _folder = "";

    private string Target => Path.Combine(_folder, "pairs.jsonl");

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("atomic").FullName;

    [TearDown]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_disk_that_is_full_leaves_the_old_file_and_is_named_with_the_file_and_the_remedy()
    {
        File.WriteAllText(Target, "old");
        Assert.That(
            () => AtomicFile.Write(Target, stream =>
            {
                stream.Write("new"u8);
                throw new IOException($"No space left on device : '{((FileStream)stream).Name}'");
            }),
            Throws.TypeOf<IOException>().With.Message.EqualTo(
                $"'{Target}' could not be written: No space left on device. Free space on that disk, or write to another folder."));
        Assert.That(File.ReadAllText(Target), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { Target }));
    }

    [Test]
    public void A_source_that_is_missing_while_the_file_is_written_is_not_called_a_full_disk()
    {
        Assert.That(
            () => AtomicFile.Write(Target, _ => throw new FileNotFoundException("Could not find file 'source.jsonl'.")),
            Throws.TypeOf<FileNotFoundException>().With.Message.EqualTo("Could not find file 'source.jsonl'."));
        Assert.That(Directory.GetFiles(_folder), Is.Empty);
    }
}
