using NUnit.Framework;
using PreferenceTuning.Advantages;
using PreferenceTuning.Rewards;
using PreferenceTuning.Tests.Rewards;
using PreferenceTuning.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

[OneThread]
public sealed class PpoTrainerTests
{
    private static IEnumerable<TestCaseData> Recipes()
    {
        foreach (var temperature in new[] { 1.0, 0.7 })
        {
            yield return new TestCaseData(PpoRecipe.Default, temperature).SetArgDisplayNames("default", $"{temperature}");
            yield return new TestCaseData(PpoRecipe.Trl, temperature).SetArgDisplayNames("TRL", $"{temperature}");
            yield return new TestCaseData(PpoRecipe.Ziegler, temperature).SetArgDisplayNames("Ziegler", $"{temperature}");
        }
    }

    [TestCaseSource(nameof(Recipes))]
    public void Before_the_first_step_the_ratio_is_one(PpoRecipe recipe, double temperature)
    {
        var sampling = TinySetup.Sampling with { Temperature = temperature, StopTokens = recipe == PpoRecipe.Ziegler ? [] : [TinySetup.End] };
        var options = new PpoOptions { Temperature = temperature, Epochs = 2, MiniBatches = 2, MicroBatchTokens = 40 };
        var ppo = TinyPpo.Create(new TinyPpoParts { Options = options, Sampling = sampling, Recipe = recipe });
        for (var iteration = 0; iteration < 3; iteration++)
        {
            var metrics = ppo.Step(iteration, prompts: 12);
            Assert.That(metrics.FirstRatioDeviation, Is.LessThan(1e-5));
            Assert.That(metrics.ApproxKl, Is.GreaterThan(1e-6), "later steps do move away");
        }
    }

    [Test]
    public void A_temperature_that_is_not_that_of_sampling_shows_in_the_first_ratio()
    {
        var ppo = TinyPpo.Create(new TinyPpoParts { Sampling = TinySetup.Sampling with { Temperature = 0.7 } });
        Assert.That(ppo.Step(0).FirstRatioDeviation, Is.GreaterThan(0.01));
    }

    [Test]
    public void At_the_start_policy_and_reference_agree_and_the_rewards_are_the_scores()
    {
        var metrics = TinyPpo.Create().Step(0, prompts: 12);
        Assert.That(metrics.Kl, Is.EqualTo(0).Within(1e-5));
        Assert.That(metrics.ShapedReward, Is.EqualTo(metrics.Scores).Within(1e-5));
        Assert.That(metrics.KlCoefficient, Is.EqualTo(0.05));
    }

    // Three responses of 3, 2 and 1 tokens, the last two ended; scores 1, 2, 6: mean 3, population variance (4 + 1 + 9) / 3. Values are 0, so
    // with gamma and lambda 1 each token's return is what its response still earns, and values explain nothing of it.
    [Test]
    public void What_an_iteration_measures_is_what_it_says()
    {
        using var scope = NewDisposeScope();
        var options = new PpoOptions { Epochs = 1, MiniBatches = 3, Seed = 4 };
        var parts = new TinyPpoParts
        {
            Engine = new GivenRollouts([4, 5, 6], [7, 1], [1]), Reward = new GivenScores(1, 2, 6), Options = options, Rate = _ => 1e-9, Kl = new FixedKlController(0),
            Recipe = PpoRecipe.Default with { Lambda = 1 },
        };
        var ppo = TinyPpo.Create(parts);
        var rollouts = parts.Engine.Generate(TinySetup.Prompts(0, 3));
        var entropies = ppo.Policy.LogProbs(rollouts.SequenceIds(), rollouts.SequenceMask(), rollouts.ResponseMask).Entropies;
        var metrics = ppo.Step(0, prompts: 3);
        Assert.That((metrics.Scores, metrics.ScoresDeviation), Is.EqualTo((3.0, Math.Sqrt(14.0 / 3))).Within(1e-6));
        Assert.That(metrics.ShapedReward, Is.EqualTo(3).Within(1e-6));
        Assert.That((metrics.ResponseLength, metrics.FinishedShare), Is.EqualTo((2.0, 2.0 / 3)).Within(1e-6));
        Assert.That(metrics.Entropy, Is.EqualTo(entropies.sum().ToDouble() / 6).Within(1e-5), "a mean over tokens");
        Assert.That(metrics.ExplainedVariance, Is.Zero.Within(1e-6));
        Assert.That(metrics.Steps, Has.Count.EqualTo(3));
        Assert.That(metrics.GradientNorm, Is.EqualTo(metrics.Steps.Average(step => step.GradientNorm)).Within(1e-12));
        Assert.That(metrics.ValueLoss, Is.EqualTo(metrics.Steps.Average(step => step.ValueLoss)).Within(1e-12));
    }

    [Test]
    public void Counters_go_on_where_they_were()
    {
        var ppo = TinyPpo.Create();
        ppo.Trainer().Resume(7, 84);
        var metrics = ppo.Step(7, prompts: 12);
        Assert.That((metrics.Iteration, metrics.Episodes, metrics.LearningRate), Is.EqualTo((7L, 96L, 0.01 / 8)));
        Assert.That((ppo.Trainer().Iteration, ppo.Trainer().Episodes), Is.EqualTo((8L, 96L)));
    }

    // KL 0 against a target of 1 nat: error -0.2 (clipped); 6 episodes of a horizon of 50: 0.05 x (1 - 0.2 x 6 / 50) = 0.0488.
    [Test]
    public void The_controller_sees_the_KL_after_the_iteration()
    {
        var ppo = TinyPpo.Create();
        ppo.Step(0);
        Assert.That(ppo.Controller.Coefficient, Is.EqualTo(0.0488).Within(1e-9));
    }

    [Test]
    public void An_estimator_of_ones_own_takes_the_place_of_GAE()
    {
        var flat = new Flat();
        var options = new PpoOptions { Epochs = 1, ValueCoefficient = 0 };
        var ppo = TinyPpo.Create(new TinyPpoParts { Options = options, Recipe = PpoRecipe.Default with { AdvantageEstimator = flat } });
        var before = TinySetup.Numbers(ppo.Policy.Parameters);
        ppo.Step(0);
        Assert.That(flat.Calls, Is.GreaterThan(0));
        Assert.That(TinySetup.Numbers(ppo.Policy.Parameters), Is.EqualTo(before), "without advantages nothing is learnt");
    }

    private sealed class Flat : IAdvantageEstimator
    {
        public int Calls { get; private set; }

        public AdvantageResult Estimate(AdvantageInputs inputs)
        {
            Calls++;
            return new AdvantageResult(zeros_like(inputs.Values), inputs.Values.clone());
        }
    }
}
