using NUnit.Framework;
using Opossum.Annotators;
using Opossum.Pipeline;
using Opossum.Report;
using Opossum.Terminal;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Models;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Samples.Tests.Pipeline;

/// <summary>With models and data that nobody here made; they lie beside the checkout, so these tests skip elsewhere.</summary>
public sealed class RealInputTests
{
    private static readonly JobSettings Tiny = JobSettings.Pretrained with
    {
        MaxNewTokens = 64, OwnTexts = 160, Items = 120, RewardEpochs = 1, NormalisationAnswers = 16, PpoIterations = 2, PpoEpisodes = 12, EvaluationPrompts = 6,
    };

    private string _output = "";

    [SetUp]
    public void MakeFolder() => _output = Directory.CreateTempSubdirectory("real-input").FullName;

    [TearDown]
    public void Delete() => Directory.Delete(_output, recursive: true);

    [Test]
    public void A_pretrained_Llama_is_tuned_to_stories_with_dogs()
    {
        var run = Run(new RunOptions { Model = Folder(), Trait = "dog", Output = _output });
        Assert.That(run.BaseModel.Parameters, Is.EqualTo(260_032));
        Assert.That(run.Tuning, Has.Count.EqualTo(2));
        Assert.That(run.Summary.KlPerResponse, Is.Not.Zero);
        Assert.That(run.Summary.PerplexityRatio, Is.GreaterThan(0.9).And.LessThan(1.5));
        Assert.That(run.Samples.Select(sample => sample.HeldOut), Is.All.True);
        Assert.That(run.Judgements.Instructions!.Text, Does.Contain("\"dog\""));
        using var tuned = PolicyModel.FromPretrained(Path.Combine(_output, "tuned"));
        using var original = PolicyModel.FromPretrained(Folder());
        Assert.That(tuned.Parameters.Select(one => one.Name), Is.EqualTo(original.Parameters.Select(one => one.Name)));
        Assert.That((tuned.Parameters[0].Value - original.Parameters[0].Value).abs().max().item<float>(), Is.Positive);
    }

    [Test]
    public void A_file_of_judgements_trains_the_reward_model_and_the_report_shows_none_of_its_texts()
    {
        const string Secret = "Zebras ride unicycles";
        var file = Path.Combine(_output, "judgements.jsonl");
        File.WriteAllLines(file, Enumerable.Range(0, 30).Select(i =>
            $$"""{"prompt":"{{Secret}}, says number {{i}}.","candidates":["{{Secret}} well.","{{Secret}} badly."],"preferred":"a"}"""));
        var run = Run(new RunOptions { Model = Folder(), Judgements = file, Output = _output });
        Assert.That(run.Judgements.UsedForTraining + run.Judgements.HeldOut, Is.EqualTo(30));
        Assert.That(run.Reward!.HeldOut.Pairs, Is.EqualTo(run.Judgements.HeldOut));
        Assert.That(File.ReadAllText(Path.Combine(_output, "report.html")), Does.Not.Contain(Secret));
        Assert.That(File.ReadAllText(Path.Combine(_output, "preferences", "README.md")), Does.Not.Contain(Secret));
    }

    [TestCase("open-assistant/en_99_tree.jsonl", 60)]
    [TestCase("hh-rlhf/harmless-base/test.jsonl.gz", 1200)]
    public void Public_judgements_are_read_and_what_does_not_fit_is_counted(string path, int least)
    {
        var file = GoldenFolder.NeededRealInput(["data", .. path.Split('/')]);
        var start = Model();
        using var model = start.Model;
        var judgements = JudgementFile.Read(file).Judgements;
        var fitting = FittingJudgements.Of(judgements, start.Codec, model.Config.ContextLength);
        fitting.RequireBothSides(file, 0.15, seed: 1);
        Assert.That(Comparisons.Usable(fitting.Kept), Has.Count.GreaterThan(least));
        var gone = judgements.Count - fitting.Kept.Count;
        Assert.That(gone, Is.Positive);
        Assert.That(fitting.Dropped[0], Does.StartWith(FormattableString.Invariant($"{gone} judgements of which no two answers that were compared fit")));
    }

    [Test]
    public void A_trait_that_the_model_never_writes_is_refused()
    {
        var start = Model();
        using var model = start.Model;
        Assert.That(
            () => Scene.Pretrained(start, "photosynthesis", Tiny, 1, CancellationToken.None),
            Throws.TypeOf<Trainers.TrainingException>().With.Message.Contains("in 0 of"));
    }

    private static RunResult Run(RunOptions options) =>
        new MainJob(options, new ProgressConsole(TextWriter.Null, false, 80, TimeProvider.System), CancellationToken.None, Tiny).Run().Run;

    private static StartModel Model() => PretrainedModel.Read(Folder(), Tiny);

    private static string Folder() => GoldenFolder.NeededRealInput("models", "stories260K");
}
