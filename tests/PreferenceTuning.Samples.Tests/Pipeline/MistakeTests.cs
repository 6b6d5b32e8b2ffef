using NUnit.Framework;
using Opossum.Terminal;

namespace PreferenceTuning.Samples.Tests.Pipeline;

/// <summary>What a user can get wrong gives one clear line and exit code 1, from the command line to the end.</summary>
public sealed class MistakeTests
{
    private const string Pair = """{"prompt":"What is a fox?","candidates":["A fox is a canid.","No."],"preferred":"a"}""";
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("mistakes").FullName;

    [TearDown]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [TestCase("--colour", "red", "--colour")]
    [TestCase("--seed", "many", "many")]
    [TestCase("--rounds", "21", "1 to 20")]
    [TestCase("--rounds", "1.5", "1.5")]
    [TestCase("--judgements", "", "--judgements is empty")]
    [TestCase("--model", " ", "--model is empty")]
    [TestCase("--output", "", "--output is empty")]
    [TestCase("--method", "grpo", "'ppo'")]
    [TestCase("--judgements", "missing.jsonl", "missing.jsonl")]
    [TestCase("--model", "missing", "no config.json")]
    public async Task On_the_command_line(string option, string value, string named)
    {
        var (exitCode, error) = await Run(option, value);
        Assert.That((exitCode, error), Is.EqualTo((1, error)), error);
        Assert.That(error, Does.Contain(named));
        Assert.That(error.Trim().Split('\n'), Has.Length.LessThanOrEqualTo(3));
    }

    [TestCase("{\"prompt\":\"What is a fox?\"", "judgements.jsonl(2)")]
    [TestCase("""{"prompt":"What is a fox?","candidates":["One.","Two."],"preferred":"c"}""", "judgements.jsonl(2)")]
    [TestCase("""{"prompt":"What is a fox?","candidates":["One."],"preferred":"a"}""", "judgements.jsonl(2)")]
    [TestCase("""{"prompt":12,"candidates":["One.","Two."],"preferred":"a"}""", "judgements.jsonl(2)")]
    public async Task In_a_line_of_judgements(string line, string named)
    {
        var path = Path.Combine(_folder, "judgements.jsonl");
        await File.WriteAllLinesAsync(path, [Pair, line]);
        await Refused(["--judgements", path], named);
    }

    [TestCase("", "judgements.jsonl")]
    [TestCase("""{"prompt":"What is a fox?","candidates":["One.","Two."],"skipped":true}""", "nothing to learn")]
    [TestCase(Pair, "there must be some of both")]
    public async Task In_a_file_of_judgements(string content, string named)
    {
        var path = Path.Combine(_folder, "judgements.jsonl");
        await File.WriteAllTextAsync(path, content);
        await Refused(["--judgements", path], named);
    }

    [TestCase("{", "config.json")]
    [TestCase("""{"model_type":"mamba"}""", "mamba")]
    [TestCase("""{"model_type":"gpt2","vocab_size":10,"n_embd":8,"n_layer":1,"n_head":2,"n_positions":256}""", "model.safetensors")]
    public async Task In_a_model_folder(string config, string named)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "config.json"), config);
        await Refused(["--model", _folder, "--trait", "dog"], named);
    }

    [Test]
    public Task In_resuming_what_was_never_begun() => Refused(["--resume"], "nothing to resume", "--output");

    [Test]
    public async Task In_naming_a_folder_that_cannot_be_made()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "");
        await Refused(["--output", Path.Combine(file, "out")], file, "Nothing was begun", "--output names another one");
    }

    [Test]
    public async Task In_the_cache_of_the_base_model()
    {
        var cache = Path.Combine(_folder, "out", "cache");
        Assert.That(TinyJob.Run(new RunOptions { Output = Path.Combine(_folder, "out") }, "answers ...").ExitCode, Is.EqualTo(JobRun.Stopped));
        foreach (var file in new[] { "model.safetensors", "tokenizer.json", "training-losses.json" })
        {
            var path = Directory.GetFiles(cache, file, SearchOption.AllDirectories).Single();
            var whole = await File.ReadAllBytesAsync(path);
            await File.WriteAllBytesAsync(path, whole[..20]);
            await Refused([], Path.GetDirectoryName(path)!, "Delete this folder");
            await File.WriteAllBytesAsync(path, whole);
        }
    }

    // Its name is "work", which other people have folders of, too.
    [Test]
    public async Task In_naming_a_folder_with_work_of_ones_own()
    {
        var mine = Path.Combine(_folder, "out", "work", "thesis.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(mine)!);
        await File.WriteAllTextAsync(mine, "years of work");
        await Refused([], "thesis.txt", "--output");
        Assert.That(await File.ReadAllTextAsync(mine), Is.EqualTo("years of work"));
    }

    [Test]
    public void In_changing_the_file_of_judgements_before_going_on()
    {
        var path = Path.Combine(_folder, "judgements.jsonl");
        string Line(int i, string preferred) =>
            Pair.Replace("a fox", FormattableString.Invariant($"a fox {i}"), StringComparison.Ordinal).Replace("\"a\"}", $"\"{preferred}\"}}", StringComparison.Ordinal);
        File.WriteAllLines(path, Enumerable.Range(0, 20).Select(i => Line(i, "a")));
        var options = new RunOptions { Judgements = path, Output = Path.Combine(_folder, "out") };
        Assert.That(TinyJob.Run(options, "tuning: 2 of").ExitCode, Is.EqualTo(JobRun.Stopped));
        File.WriteAllLines(path, Enumerable.Range(0, 20).Select(i => Line(i, "b")));
        var (exitCode, error) = TinyJob.Run(options with { Resume = true });
        Assert.That((exitCode, error), Is.EqualTo((1, error)));
        Assert.That(error, Does.Contain("another file of judgements"));
    }

    private async Task Refused(string[] args, params string[] named)
    {
        var (exitCode, error) = await Run(args);
        Assert.That((exitCode, error), Is.EqualTo((1, error)), error);
        foreach (var name in named)
        {
            Assert.That(error, Does.Contain(name));
        }

        Assert.That(error, Does.Not.Contain("   at "), "no stack trace");
    }

    private async Task<(int ExitCode, string Error)> Run(params string[] args)
    {
        var (was, error) = (Console.Error, new StringWriter());
        Console.SetError(error);
        try
        {
            var exitCode = await OpossumCommand.InvokeAsync(
                args.Contains("--output") ? args : [.. args, "--output", Path.Combine(_folder, "out")], Job, Job);
            return (exitCode, error.ToString());
        }
        finally
        {
            Console.SetError(was);
        }

        Task<int> Job(RunOptions options, CancellationToken cancellation)
        {
            var (exitCode, said) = TinyJob.Run(options);
            error.Write(said);
            return Task.FromResult(exitCode);
        }
    }
}
