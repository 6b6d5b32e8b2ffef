using NUnit.Framework;
using Opossum.Terminal;

namespace PreferenceTuning.Samples.Tests.Pipeline;

/// <summary>A run that is stopped in any phase says what it keeps, and goes on to the result of an undisturbed one.</summary>
public sealed class StopAndResumeTests
{
    private readonly Dictionary<TuningMethod, IReadOnlyDictionary<string, string>> _undisturbed = [];
    private string _output = "";

    [SetUp]
    public void MakeFolder() => _output = Directory.CreateTempSubdirectory("stopped").FullName;

    [TearDown]
    public void Delete() => Directory.Delete(_output, recursive: true);

    [TestCase("base model ...", "Nothing was finished")]
    [TestCase("base model: 3 of", "Kept: base model after step 3.")]
    [TestCase("answers ...", "Kept: base model.")]
    [TestCase("judgements ...", "Kept: base model, judgements.")]
    [TestCase("reward model: 1 of", "Kept: base model, judgements, reward model after step 1.")]
    [TestCase("tuning ...", "Kept: base model, judgements, reward model.")]
    [TestCase("tuning: 2 of", "Kept: base model, judgements, reward model, tuning after step 2.")]
    [TestCase("measuring ...", "Kept: base model, judgements, reward model, tuning after step 3.")]
    [TestCase("writing ...", "Kept: base model, judgements, reward model, tuning after step 3.")]
    public void Stopped_in_PPOs_run(string stopAt, string kept) => StopAndGoOn(new RunOptions { Output = _output }, stopAt, kept);

    [TestCase("tuning ...", "Kept: base model, judgements.")]
    [TestCase("tuning: 5 of", "Kept: base model, judgements, tuning after step 5.")]
    public void Stopped_in_DPOs_run(string stopAt, string kept) => StopAndGoOn(new RunOptions { Output = _output, Method = TuningMethod.Dpo }, stopAt, kept);

    [Test]
    public void Another_runs_work_is_not_resumed()
    {
        TinyJob.Run(new RunOptions { Output = _output }, "base model: 3 of");
        var (exitCode, error) = TinyJob.Run(new RunOptions { Output = _output, Seed = 2, Resume = true });
        Assert.That((exitCode, error), Is.EqualTo((1, error)));
        Assert.That(error, Does.Contain("begun with other options"));
    }

    [Test]
    public void Without_a_reward_model_none_of_an_earlier_run_stays_beside_the_result()
    {
        Assert.That(TinyJob.Run(new RunOptions { Output = _output }), Is.EqualTo((0, "")));
        Assert.That(TinyJob.Run(new RunOptions { Output = _output, Method = TuningMethod.Dpo }), Is.EqualTo((0, "")));
        Assert.That(Directory.Exists(Path.Combine(_output, "reward")), Is.False);
        Assert.That(File.ReadAllText(Path.Combine(_output, "report.html")), Does.Not.Contain("reward/model.safetensors"));
    }

    [Test]
    public void The_curve_of_the_base_models_training_is_kept_with_it()
    {
        var options = new RunOptions { Output = _output };
        TinyJob.Run(options, "answers ...");
        Assert.That(TinyJob.Run(options with { Resume = true }), Is.EqualTo((0, "")));
        Assert.That(File.ReadAllText(Path.Combine(_output, "report.html")), Does.Contain("read from the cache, with the losses of its training").And.Contain("It levels off where only"));

        // A cache of before the losses were kept is still one.
        File.Delete(Directory.GetFiles(Path.Combine(_output, "cache"), "training-losses.json", SearchOption.AllDirectories).Single());
        Assert.That(TinyJob.Run(options), Is.EqualTo((0, "")));
        Assert.That(File.ReadAllText(Path.Combine(_output, "report.html")), Does.Contain("which has kept no losses").And.Not.Contain("It levels off where only"));
    }

    private void StopAndGoOn(RunOptions options, string stopAt, string kept)
    {
        var (stopped, error) = TinyJob.Run(options, stopAt);
        Assert.That(stopped, Is.EqualTo(JobRun.Stopped));
        Assert.That(error, Does.Contain(kept));
        Assert.That(TinyJob.Run(options with { Resume = true }), Is.EqualTo((0, "")));
        Assert.That(TinyJob.Result(_output), Is.EqualTo(Undisturbed(options)));
    }

    private IReadOnlyDictionary<string, string> Undisturbed(RunOptions options)
    {
        if (!_undisturbed.TryGetValue(options.Method, out var result))
        {
            var folder = Directory.CreateTempSubdirectory("undisturbed").FullName;
            try
            {
                Assert.That(TinyJob.Run(options with { Output = folder }), Is.EqualTo((0, "")));
                _undisturbed[options.Method] = result = TinyJob.Result(folder);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        return result;
    }
}
