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
            var exitCode = await OpossumCommand.InvokeAsync([.. args, "--output", Path.Combine(_folder, "out")], Job, Job);
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
