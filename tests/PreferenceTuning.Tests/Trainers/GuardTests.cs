using NUnit.Framework;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Tests.Rewards;
using PreferenceTuning.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>What cannot be learnt from is refused by name, or does no harm; the model stays as it was.</summary>
[OneThread]
public sealed class GuardTests
{
    private static readonly SupervisedExample[] Texts = [new([2, 3, 4, 5]), new([6, 7, 8])];

    [TestCase(float.NaN, "NaN")]
    [TestCase(float.NegativeInfinity, "-")]
    public void A_score_that_is_no_number_stops_PPO_before_anything_changes(float bad, string shown)
    {
        var ppo = TinyPpo.Create(new TinyPpoParts { Reward = new GivenScores(0, 1, bad, 2, bad, 3) });
        var before = TinySetup.Numbers(ppo.Optimizer.Parameters);
        Assert.That(() => ppo.Step(0), Throws.TypeOf<TrainingException>()
            .With.Message.Contains($"score of response 2 is {shown}").And.Message.Contains("2 of 6 are not finite"));
        Assert.That(TinySetup.Numbers(ppo.Optimizer.Parameters), Is.EqualTo(before));
        Assert.That((ppo.Trainer().Iteration, ppo.Controller.Coefficient), Is.EqualTo((0L, 0.05)));
    }

    [Test]
    public void Scores_of_another_count_are_refused() => Assert.That(
        () => TinyPpo.Create(new TinyPpoParts { Reward = new GivenScores(0, 1) }).Step(0), Throws.ArgumentException.With.Message.Contains("scores").And.Message.Contains("6"));

    private static IEnumerable<TestCaseData> Stumbling()
    {
        yield return new TestCaseData((Func<Func<bool>, Stumble>)Sft).SetArgDisplayNames("sft");
        yield return new TestCaseData((Func<Func<bool>, Stumble>)Dpo).SetArgDisplayNames("dpo");
        yield return new TestCaseData((Func<Func<bool>, Stumble>)Reward).SetArgDisplayNames("reward");
        yield return new TestCaseData((Func<Func<bool>, Stumble>)Ppo).SetArgDisplayNames("ppo");
    }

    /// <summary>A trainer with one optimizer step a call, that may skip two in a row.</summary>
    public sealed record Stumble(AdamW Optimizer, Func<bool> Step);

    [TestCaseSource(nameof(Stumbling))]
    public void A_step_whose_loss_is_no_number_is_skipped_and_too_many_in_a_row_are_an_error(Func<Func<bool>, Stumble> create)
    {
        var broken = true;
        var (optimizer, step) = create(() => broken);
        var before = TinySetup.Numbers(optimizer.Parameters);
        Assert.That((step(), step()), Is.EqualTo((true, true)), "both skipped");
        Assert.That(TinySetup.Numbers(optimizer.Parameters), Is.EqualTo(before));
        broken = false;
        Assert.That(step(), Is.False);
        var good = TinySetup.Numbers(optimizer.Parameters);
        Assert.That(good, Is.Not.EqualTo(before));
        Assert.That(good.All(double.IsFinite));
        broken = true;
        Assert.That((step(), step()), Is.EqualTo((true, true)), "the good step in between starts the count anew");
        Assert.That(() => step(), Throws.TypeOf<TrainingException>()
            .With.Message.Contains("3 optimizer steps in a row").And.Message.Contains("Lower the learning rate"));
        Assert.That(TinySetup.Numbers(optimizer.Parameters), Is.EqualTo(good));
    }

    [Test]
    public void Equal_scores_teach_nothing_and_break_nothing()
    {
        var scores = new GivenScores(0, 0, 0, 0, 0, 0);
        var ppo = TinyPpo.Create(new TinyPpoParts { Reward = scores, Kl = new FixedKlController(0) });
        var before = TinySetup.Numbers(ppo.Policy.Parameters);
        var metrics = ppo.Step(0);
        Assert.That((metrics.ScoresDeviation, metrics.PolicyLoss, metrics.SkippedSteps), Is.EqualTo((0.0, 0.0, 0)));
        Assert.That(TinySetup.Numbers(ppo.Policy.Parameters), Is.EqualTo(before));
        Assert.That(metrics.ExplainedVariance, Is.NaN, "returns without variance leave nothing to explain");
    }

    [TestCase("default", 3)]
    [TestCase("TRL", 3)]
    [TestCase("Ziegler", 3)]
    [TestCase("Ziegler", 1)]
    public void A_batch_of_one_response_is_enough(string recipe, int tokens)
    {
        var ppo = One(recipe, tokens);
        var metrics = ppo.Step(0, prompts: 1);
        Assert.That(metrics.SkippedSteps, Is.Zero);
        Assert.That(TinySetup.Numbers(ppo.Optimizer.Parameters).All(double.IsFinite));
    }

    // The variance of one number, divided by n - 1 = 0, does not exist.
    [TestCase("default")]
    [TestCase("TRL")]
    public void A_rollout_of_one_token_has_no_variance_and_is_refused_before_anything_changes(string recipe)
    {
        var ppo = One(recipe, tokens: 1);
        var before = TinySetup.Numbers(ppo.Optimizer.Parameters);
        Assert.That(() => ppo.Step(0, prompts: 1), Throws.ArgumentException
            .With.Message.Contains("keeps 1 position").And.Message.Contains("at least 2").And.Message.Contains("larger batch"));
        Assert.That(TinySetup.Numbers(ppo.Optimizer.Parameters), Is.EqualTo(before));
    }

    [Test]
    public void An_empty_response_is_refused_by_row_but_TRLs_recipe_takes_it()
    {
        var engine = new GivenRollouts([4, 5, 1], [], [6, 1]);
        var parts = new TinyPpoParts { Engine = engine, Reward = new GivenScores(1, 2, 3), Options = new PpoOptions { Epochs = 1 } };
        Assert.That(() => TinyPpo.Create(parts).Step(0), Throws.ArgumentException.With.Message.Contains("no token in row 1"));
        var trl = TinyPpo.Create(parts with { Recipe = PpoRecipe.Trl });
        Assert.That(trl.Step(0).SkippedSteps, Is.Zero);
        Assert.That(TinySetup.Numbers(trl.Optimizer.Parameters).All(double.IsFinite));
    }

    [Test]
    public void Responses_of_several_lengths_are_refused_where_every_place_counts()
    {
        var parts = new TinyPpoParts { Engine = new GivenRollouts([4, 5, 6], [7, 1]), Reward = new GivenScores(1, 2), Recipe = PpoRecipe.Ziegler };
        var ppo = TinyPpo.Create(parts);
        var before = TinySetup.Numbers(ppo.Optimizer.Parameters);
        Assert.That(() => ppo.Step(0), Throws.ArgumentException.With.Message.Contains("the end of response 1").And.Message.Contains("without stop tokens"));
        Assert.That(TinySetup.Numbers(ppo.Optimizer.Parameters), Is.EqualTo(before));
    }

    [TestCase(-1.0, 3, "MaxGradientNorm")]
    [TestCase(0.0, 3, "MaxGradientNorm")]
    [TestCase(double.NaN, 3, "MaxGradientNorm")]
    [TestCase(1.0, -1, "maxSkippedSteps")]
    public void Options_that_no_step_can_follow_are_refused_before_the_first_one(double norm, int skipped, string named)
    {
        using var model = TinySetup.Policy();
        using var judge = RewardModel.FromDecoder(model.Decoder, seed: 1);
        using var optimizer = new AdamW(model.Parameters);
        Func<object>[] makers =
        [
            () => new SftTrainer(model, optimizer, _ => 0.01, new SftOptions { MaxGradientNorm = norm, MaxSkippedSteps = skipped }),
            () => new DpoTrainer(
                model, null, (p, r) => PreferenceLosses.Sigmoid(p, r, 0.1), optimizer, _ => 0.01, new DpoOptions { MaxGradientNorm = norm, MaxSkippedSteps = skipped }),
            () => new RewardTrainer(
                judge, RankingLosses.PlackettLuce(), optimizer, _ => 0.01, new RewardOptions { MaxGradientNorm = norm, MaxSkippedSteps = skipped }),
            () => TinyPpo.Create(new TinyPpoParts { Options = new PpoOptions { MaxGradientNorm = norm, MaxSkippedSteps = skipped } }),
        ];
        foreach (var make in makers)
        {
            Assert.That(() => make(), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains(named));
        }
    }

    [Test]
    public void More_mini_batches_than_responses_are_refused() => Assert.That(
        () => TinyPpo.Create(new TinyPpoParts { Options = new PpoOptions { MiniBatches = 7 } }).Step(0),
        Throws.ArgumentException.With.Message.Contains("6 responses").And.Message.Contains("7 mini-batches"));

    [Test]
    public void A_cancelled_iteration_changes_nothing()
    {
        var ppo = TinyPpo.Create();
        var before = TinySetup.Numbers(ppo.Optimizer.Parameters);
        Assert.That(
            () => ppo.Trainer().Step(TinySetup.Prompts(0), new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(TinySetup.Numbers(ppo.Optimizer.Parameters), Is.EqualTo(before));
        Assert.That(ppo.Trainer().Iteration, Is.Zero);
    }

    [Test]
    public void Examples_without_anything_to_learn_from_are_named()
    {
        using var model = TinySetup.Policy();
        using var optimizer = new AdamW(model.Parameters);
        var sft = new SftTrainer(model, optimizer, _ => 0.01);
        Assert.That(
            () => sft.Step([new([2, 3], LearnFrom: 2), new([4])]),
            Throws.ArgumentException.With.Message.Contains("None of the 2 examples"));
        Assert.That(sft.Step([new([2, 3], LearnFrom: 2), new([4, 5])]).Tokens, Is.EqualTo(1), "one of two is enough");

        var dpo = new DpoTrainer(model, null, (p, r) => PreferenceLosses.Sigmoid(p, r, 0.1), optimizer, _ => 0.01);
        Assert.That(() => dpo.Step([]), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("batch"));
        Assert.That(
            () => dpo.Step([new([2], [3], [], new(0, 0))]),
            Throws.ArgumentException.With.Message.Contains("Pair 0 has 1 prompt, 1 chosen and 0 rejected"));
        Assert.That(
            () => dpo.Step([new([2], [3], [4])]),
            Throws.ArgumentException.With.Message.Contains("no reference").And.Message.Contains("WithReference"));

        using var judge = RewardModel.FromDecoder(model.Decoder, seed: 1);
        using var judgeOptimizer = new AdamW(judge.Parameters);
        var reward = new RewardTrainer(judge, RankingLosses.BradleyTerry(), judgeOptimizer, _ => 0.01);
        Assert.That(() => reward.Step([new([[2, 3]], [0])]), Throws.ArgumentException.With.Message.Contains("Group 0 has 1 candidates"));
        Assert.That(() => reward.Step([new([[2], [3], [4]], [0, 1, 2])]), Throws.ArgumentException.With.Message.Contains("PlackettLuce"));
    }

    private static TinyPpo One(string name, int tokens) => TinyPpo.Create(new TinyPpoParts
    {
        Options = new PpoOptions { Epochs = 2 },
        Recipe = name switch { "TRL" => PpoRecipe.Trl, "Ziegler" => PpoRecipe.Ziegler, _ => PpoRecipe.Default },
        Sampling = TinySetup.Sampling with { MaxNewTokens = tokens, StopTokens = [] },
    });

    private static Stumble Sft(Func<bool> broken)
    {
        var model = TinySetup.Policy();
        var optimizer = new AdamW(model.Parameters);
        var trainer = new SftTrainer(
            model, optimizer, _ => 0.01, new SftOptions { MaxSkippedSteps = 2 }, (logProbs, mask) => Spoil(
                SupervisedLosses.NegativeLogLikelihood(logProbs, mask), broken));
        return new Stumble(optimizer, () => trainer.Step(Texts).Skipped);
    }

    private static Stumble Dpo(Func<bool> broken)
    {
        var model = TinySetup.Policy();
        var optimizer = new AdamW(model.Parameters);
        PreferenceLossFunction loss = (p, r) => PreferenceLosses.Sigmoid(p, r, 0.1) is var result ? result with { Losses = Spoil(result.Losses, broken) } : result;
        var trainer = new DpoTrainer(model, model.Frozen(), loss, optimizer, _ => 0.01, new DpoOptions { MaxSkippedSteps = 2 });
        return new Stumble(optimizer, () => trainer.Step([new([2], [3, 4], [5])]).Skipped);
    }

    private static Stumble Reward(Func<bool> broken)
    {
        using var policy = TinySetup.Policy();
        var model = RewardModel.FromDecoder(policy.Decoder, seed: 5);
        var optimizer = new AdamW(model.Parameters);
        var loss = RankingLosses.PlackettLuce();
        var trainer = new RewardTrainer(
            model, ranked => Spoil(loss(ranked), broken), optimizer, _ => 0.01, new RewardOptions { MaxSkippedSteps = 2 });
        return new Stumble(optimizer, () => trainer.Step([new([[2, 3], [4, 5]], [0, 1])]).Skipped);
    }

    private static Stumble Ppo(Func<bool> broken)
    {
        var recipe = PpoRecipe.Default with { ScaleAdvantages = (advantages, _) => Spoil(advantages, broken) };
        var options = new PpoOptions { Epochs = 1, MaxSkippedSteps = 2 };
        var ppo = TinyPpo.Create(new TinyPpoParts { Options = options, Recipe = recipe });
        return new Stumble(ppo.Optimizer, () => ppo.Step(0).SkippedSteps == 1);
    }

    private static Tensor Spoil(Tensor values, Func<bool> broken) => broken() ? values * double.NaN : values * 1;
}
