using NUnit.Framework;
using Opossum.Terminal;
using Opossum.World;

namespace PreferenceTuning.Samples.Tests.Terminal;

public sealed class OpossumCommandTests
{
    [Test]
    public void Without_options_the_main_job_is_seed_1_memes_PPO_with_a_controller()
    {
        var options = Parse();
        Assert.That(options, Is.EqualTo(new RunOptions()));
        Assert.That((options!.Seed, options.Rounds, options.Prefer, options.Kl, options.Method), Is.EqualTo((1L, 1, Style.Meme, KlMode.Adaptive, TuningMethod.Ppo)));
    }

    [Test]
    public void Every_option_arrives()
    {
        var options = Parse("--seed", "7", "--rounds", "2", "--prefer", "biology", "--kl", "off", "--output", "somewhere", "--resume", "--short");
        Assert.That(options, Is.EqualTo(new RunOptions { Seed = 7, Rounds = 2, Prefer = Style.Biology, Kl = KlMode.Off, Output = "somewhere", Resume = true, Short = true }));
    }

    [Test]
    public void The_command_that_gives_a_run_again_parses_to_the_same_run()
    {
        var options = new RunOptions { Seed = 7, Rounds = 3, Prefer = Style.Biology, Method = TuningMethod.Dpo, Short = true };
        Assert.That(Parse(options.CommandLine.Split(" -- ")[1].Split(' ')), Is.EqualTo(options));
    }

    [TestCase("--rounds is 0", "--rounds", "0")]
    [TestCase("there is no file", "--judgements", "no-such-file.jsonl")]
    [TestCase("no config.json", "--model", "no-such-folder", "--trait", "dog")]
    [TestCase("give its folder with --model", "--trait", "dog")]
    [TestCase("give one word", "--trait", "two dogs")]
    [TestCase("Must be one of", "--prefer", "poetry")]
    [TestCase("--kl off is for PPO", "--kl", "off", "--method", "dpo")]
    public void Mistakes_are_named_with_the_remedy(string message, params string[] args)
    {
        var errors = OpossumCommand.Make((_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0)).Parse(args).Errors;
        Assert.That(string.Join('\n', errors.Select(error => error.Message)), Does.Contain(message));
    }

    [Test]
    public void A_model_without_a_preference_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "config.json"), "{}");
            var command = OpossumCommand.Make((_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0));
            Assert.That(command.Parse(["--model", folder.FullName]).Errors.Single().Message, Does.Contain("--trait WORD"));
            Assert.That(command.Parse(["--model", folder.FullName, "--trait", "dog"]).Errors, Is.Empty);
            Assert.That(
                command.Parse(["--model", folder.FullName, "--trait", "dog", "--prefer", "meme"]).Errors.Single().Message, Does.Contain("--prefer is for the model that is made here"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static RunOptions? Parse(params string[] args)
    {
        RunOptions? parsed = null;
        var command = OpossumCommand.Make((options, _) => { parsed = options; return Task.FromResult(0); }, (_, _) => Task.FromResult(0));
        Assert.That(command.Parse(args).Invoke(), Is.Zero);
        return parsed;
    }
}
