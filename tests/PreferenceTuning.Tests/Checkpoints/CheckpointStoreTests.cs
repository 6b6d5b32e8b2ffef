using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Checkpoints;

public sealed class CheckpointStoreTests
{
    private string _folder = "";
    private string _root = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("preference-tuning-").FullName;
        _root = Path.Combine(_folder, "run", "checkpoints");
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private CheckpointStore Store(int keepLast = 3, ILogger? logger = null) =>
        new(_root, new CheckpointStoreOptions { KeepLast = keepLast }, logger);

    private string[] Names() =>
        [.. Directory.GetFileSystemEntries(_root).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static void Flip(string path, int at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    [Test]
    public void What_was_saved_is_found_exactly()
    {
        var sampler = new SeededSampler(10, 1);
        sampler.Next(13);
        var random = new SeededRandom(ulong.MaxValue);
        var state = new JsonObject
        {
            ["klCoefficient"] = 0.1 + 0.2,
            ["sampler"] = JsonSerializer.SerializeToNode(sampler.State),
            ["random"] = JsonSerializer.SerializeToNode(random.State),
        };
        var saved = Store().Save(7, "abc", state, folder => File.WriteAllText(Path.Combine(folder, "a.txt"), "A"));

        var (found, rejected) = Store().FindNewest();
        Assert.Multiple(() =>
        {
            Assert.That(rejected, Is.Empty);
            Assert.That((found!.Step, found.OptionsHash, found.Folder), Is.EqualTo((7L, "abc", Path.Combine(_root, "step-7"))));
            // SHA-256 of the single letter A.
            Assert.That(
                found.Files,
                Is.EqualTo(new[] { new CheckpointFile("a.txt", 1, "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd") }));
            Assert.That(found.Files, Is.EqualTo(saved.Files));
            Assert.That(File.ReadAllText(found.PathOf("a.txt")), Is.EqualTo("A"));
            Assert.That(found.State.GetProperty("klCoefficient").GetDouble(), Is.EqualTo(0.30000000000000004));
            Assert.That(found.State.GetProperty("sampler").Deserialize<SamplerState>(), Is.EqualTo(sampler.State));
            Assert.That(found.State.GetProperty("random").Deserialize<SeededRandomState>(), Is.EqualTo(random.State));
            Assert.That(File.ReadAllText(Path.Combine(_root, "latest")), Is.EqualTo("step-7\n"));
        });
        Assert.That(
            () => found!.PathOf("b.txt"), Throws.TypeOf<CheckpointException>().With.Message.Contains("no file 'b.txt'; it has 'a.txt'"));
    }

    [Test]
    public void The_last_few_are_kept()
    {
        var store = Store(keepLast: 2);
        for (var step = 8; step <= 11; step++)
        {
            CheckpointWriter.Save(store, step);
        }

        // By number, not by text: 9 is older than 10.
        Assert.That(Names(), Is.EqualTo(new[] { "latest", "step-10", "step-11" }));
    }

    [TestCase("manifest.json")]
    [TestCase("optimizer.bin")]
    [TestCase("model/weights.bin")]
    public void A_flipped_byte_in_any_file_falls_back_to_the_older_checkpoint_and_says_so(string file)
    {
        CheckpointWriter.Save(Store(), 1);
        CheckpointWriter.Save(Store(), 2);
        Flip(Path.Combine(_root, "step-2", file), 100);
        var log = new ListLogger();

        var (found, rejected) = Store(logger: log).FindNewest();
        Assert.Multiple(() =>
        {
            Assert.That(found!.Step, Is.EqualTo(1));
            Assert.That(rejected.Single().Folder, Is.EqualTo(Path.Combine(_root, "step-2")));
            Assert.That(rejected.Single().Reason, Does.Contain($"'{file}' was changed"));
            Assert.That(log.Lines.Single(), Does.Contain("step-2").And.Contain(file));
        });
    }

    [Test]
    public void Every_flipped_byte_of_a_manifest_is_noticed()
    {
        CheckpointWriter.Save(Store(), 1);
        var bytes = File.ReadAllBytes(Path.Combine(_root, "step-1", "manifest.json"));
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.Throws<CheckpointException>(() => Manifest.Parse(bytes, "step-1"), $"byte {i}");
            bytes[i] ^= 1;
        }

        Assert.That(Manifest.Parse(bytes, "step-1").Step, Is.EqualTo(1));
    }

    [TestCase("optimizer.bin", "'optimizer.bin' is missing")]
    [TestCase("manifest.json", "'manifest.json' is missing")]
    public void A_missing_file_is_named(string file, string expected)
    {
        CheckpointWriter.Save(Store(), 1);
        CheckpointWriter.Save(Store(), 2);
        File.Delete(Path.Combine(_root, "step-2", file));
        Assert.That(Store().FindNewest().Rejected.Single().Reason, Does.Contain(expected));
    }

    [Test]
    public void A_file_that_was_cut_off_is_named_with_both_lengths()
    {
        CheckpointWriter.Save(Store(), 1);
        CheckpointWriter.Save(Store(), 2);
        File.WriteAllBytes(Path.Combine(_root, "step-2", "optimizer.bin"), [1, 2, 3]);
        Assert.That(Store().FindNewest().Rejected.Single().Reason, Does.Contain("'optimizer.bin' has 3 bytes; 50000 were written"));
    }

    [Test]
    public void A_renamed_checkpoint_is_refused()
    {
        CheckpointWriter.Save(Store(), 1);
        Directory.Move(Path.Combine(_root, "step-1"), Path.Combine(_root, "step-9"));
        Assert.That(
            () => Store().FindNewest(), Throws.TypeOf<CheckpointException>().With.Message.Contains("step-9: its manifest is of step 1"));
    }

    [Test]
    public void When_none_verifies_it_does_not_start_anew_in_silence()
    {
        CheckpointWriter.Save(Store(), 1);
        Flip(Path.Combine(_root, "step-1", "optimizer.bin"), 0);
        Assert.That(() => Store().FindNewest(), Throws.TypeOf<CheckpointException>()
            .With.Message.Contains("None of the 1 checkpoint(s)").And.Message.Contains("'optimizer.bin'").And.Message.Contains(
                "start anew"));
    }

    [Test]
    public void Before_the_first_save_there_is_none() => Assert.That(Store().FindNewest().Newest, Is.Null);

    [Test]
    public void A_run_that_fell_back_goes_on_and_the_broken_checkpoint_goes_when_the_new_one_is_safe()
    {
        CheckpointWriter.Save(Store(), 10);
        CheckpointWriter.Save(Store(), 20);
        Flip(Path.Combine(_root, "step-20", "optimizer.bin"), 0);
        // Even when only one is kept, it is the one that was just saved, not the broken one of a later step.
        CheckpointWriter.Save(Store(keepLast: 1), 15);
        Assert.That(Names(), Is.EqualTo(new[] { "latest", "step-15" }));
        Assert.That(Store().FindNewest().Newest!.Step, Is.EqualTo(15));
    }

    [Test]
    public void A_step_that_is_saved_again_supersedes_the_first_one()
    {
        CheckpointWriter.Save(Store(), 5);
        Store().Save(5, "options", new JsonObject { ["second"] = true }, _ => { });
        Assert.That(Names(), Is.EqualTo(new[] { "latest", "step-5.2" }));
        Assert.That(Store().FindNewest().Newest!.State.GetProperty("second").GetBoolean(), Is.True);
        Assert.That(File.ReadAllText(Path.Combine(_root, "latest")), Is.EqualTo("step-5.2\n"));
    }

    [Test]
    public void A_new_run_in_the_folder_of_an_older_one_is_refused_and_deletes_nothing()
    {
        CheckpointWriter.Save(Store(), 100);
        Assert.That(
            () => CheckpointWriter.Save(Store(), 10),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("already holds a checkpoint of step 100, later than step 10"));
        Assert.That(Store().FindNewest().Newest!.Step, Is.EqualTo(100));
    }

    [Test]
    public void What_an_interrupted_save_left_is_ignored_and_swept_by_the_next_and_nothing_else_is()
    {
        CheckpointWriter.Save(Store(), 1);
        Directory.CreateDirectory(Path.Combine(_root, "step-2.tmp-0123456789abcdef0123456789abcdef", "model"));
        Directory.CreateDirectory(Path.Combine(_root, "step-final"));
        File.WriteAllText(Path.Combine(_root, "step-2.tmp-notes"), "mine");
        Assert.That(Store().FindNewest().Newest!.Step, Is.EqualTo(1));
        CheckpointWriter.Save(Store(), 2);
        Assert.That(Names(), Is.EqualTo(new[] { "latest", "step-1", "step-2", "step-2.tmp-notes", "step-final" }));
    }

    [Test]
    public void A_writer_that_throws_leaves_no_trace()
    {
        CheckpointWriter.Save(Store(), 1);
        Assert.That(
            () => Store().Save(2, "options", [], folder => throw new InvalidOperationException("no tensor")),
            Throws.InvalidOperationException.With.Message.EqualTo("no tensor"));
        Assert.That(Names(), Is.EqualTo(new[] { "latest", "step-1" }));
    }

    [Test]
    public void The_name_of_the_manifest_is_taken() =>
        Assert.That(
            () => Store().Save(1, "options", [], folder => File.WriteAllText(Path.Combine(folder, "manifest.json"), "{}")),
            Throws.ArgumentException.With.Message.Contains("manifest.json"));

    [Test]
    public void A_state_that_is_not_json_fails_before_anything_is_written()
    {
        var state = new JsonObject { ["loss"] = double.NaN };
        Assert.That(() => Store().Save(1, "options", state, _ => { }), Throws.ArgumentException);
        Assert.That(Directory.Exists(_root), Is.False);
    }

    [Test]
    public void Other_options_are_refused()
    {
        var hash = OptionsHash.Of(new JsonObject { ["a"] = 1, ["b"] = new JsonObject { ["c"] = 2, ["d"] = 3 } });
        var same = OptionsHash.Of(new JsonObject { ["b"] = new JsonObject { ["d"] = 3, ["c"] = 2 }, ["a"] = 1 });
        var other = OptionsHash.Of(new JsonObject { ["a"] = 2 });
        Assert.That((same, hash.Length), Is.EqualTo((hash, 64)));
        // printf '{"a":2}' | sha256sum
        Assert.That(other, Is.EqualTo("7e8059f495589fcd981232cc11d00b00da3802c01d688fa1cf1f6bed6e5bb33c"));
        var saved = Store().Save(1, hash, [], _ => { });
        Assert.DoesNotThrow(() => saved.RequireOptions(same));
        Assert.That(() => saved.RequireOptions(other), Throws.TypeOf<CheckpointException>().With.Message.Contains("other options"));
    }

    [Test]
    public void Impossible_arguments_are_refused()
    {
        Assert.That(() => Store(keepLast: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Store().Save(-1, "", [], _ => { }), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private sealed class ListLogger : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
