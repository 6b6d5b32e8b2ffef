using NUnit.Framework;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>Each trainer does what it is for; a wrong sign anywhere turns these around.</summary>
[OneThread]
public sealed class LearningTests
{
    private static readonly PpoOptions Options = new() { Epochs = 4, Seed = 4 };

    [Test]
    public void PPO_raises_what_the_rule_rewards_and_lowers_it_when_the_rule_is_turned_around()
    {
        var (before, liked) = EvenShares(new TinyPpo.EvenShare());
        var (_, disliked) = EvenShares(new WeightedRewardFunction((new TinyPpo.EvenShare(), -1)));
        TestContext.Out.WriteLine($"even tokens: {before:F2} before, {liked:F2} rewarded, {disliked:F2} punished");
        Assert.That(liked, Is.GreaterThan(before + 0.25));
        Assert.That(disliked, Is.LessThan(before - 0.25));
    }

    [TestCase("TRL")]
    [TestCase("Ziegler")]
    public void Other_recipes_learn_the_rule_too(string name)
    {
        var (recipe, stop) = name == "TRL" ? (PpoRecipe.Trl, [TinySetup.End]) : (PpoRecipe.Ziegler, Array.Empty<int>());
        var (before, after) = EvenShares(new TinyPpo.EvenShare(), recipe, TinySetup.Sampling with { StopTokens = stop });
        Assert.That(after, Is.GreaterThan(before + 0.2));
    }

    [Test]
    public void A_large_KL_penalty_keeps_the_policy_near_its_reference()
    {
        var (free, held) = (Drift(0), Drift(5));
        TestContext.Out.WriteLine($"KL per response: {free:F2} nats free, {held:F2} held");
        Assert.That(free, Is.GreaterThan(1));
        Assert.That(held, Is.LessThan(0.3 * free));
    }

    [Test]
    public void DPO_raises_chosen_against_rejected()
    {
        using var model = TinySetup.Policy();
        using var reference = model.Frozen();
        using var optimizer = new AdamW(model.Parameters);
        PairExample[] pairs = [new([2, 3], [4, 5, 1], [6, 7, 8, 1]), new([3, 4], [9, 1], [10, 11, 1]), new([5], [12, 13, 14], [15, 1])];
        var before = pairs.Select(pair => LogProb(model, pair.Prompt, pair.Chosen) - LogProb(model, pair.Prompt, pair.Rejected)).ToArray();
        var trainer = new DpoTrainer(model, reference, (p, r) => PreferenceLosses.Sigmoid(p, r, beta: 0.1), optimizer, _ => 0.003);
        var metrics = Enumerable.Range(0, 20).Select(_ => trainer.Step(pairs)).ToArray();
        var after = pairs.Select(pair => LogProb(model, pair.Prompt, pair.Chosen) - LogProb(model, pair.Prompt, pair.Rejected)).ToArray();
        Assert.That(after.Zip(before, (a, b) => a - b), Is.All.GreaterThan(3), "nats, each pair");
        Assert.That(metrics[0].Loss, Is.EqualTo(Math.Log(2)).Within(1e-5), "at the reference the loss is log 2");
        Assert.That(metrics[^1].Loss, Is.LessThan(metrics[0].Loss));
        Assert.That(metrics[^1].Accuracy, Is.EqualTo(1));
        Assert.That(metrics[^1].Margin, Is.GreaterThan(0.3), "beta 0.1 times more than 3 nats");
        var swapped = pairs.Select(pair => pair with { Chosen = pair.Rejected, Rejected = pair.Chosen }).ToArray();
        Assert.That(trainer.Step(swapped).Accuracy, Is.Zero);
    }

    [Test]
    public void Reference_log_probs_computed_before_give_the_same_steps_as_a_reference_model()
    {
        PairExample[] pairs = [new([2, 3], [4, 5, 1], [6, 7, 8, 1]), new([3, 4], [9, 1], [10, 11, 1]), new([5], [12, 13, 14], [15, 1])];
        using var reference = TinySetup.Policy(seed: 8);
        var (live, stored) = (Train(reference, pairs), Train(null, DpoTrainer.WithReference(reference, pairs, microBatchTokens: 12)));
        Assert.That(stored, Is.EqualTo(live).Within(1e-6));

        static double[] Train(PolicyModel? reference, IReadOnlyList<PairExample> pairs)
        {
            using var model = TinySetup.Policy();
            using var optimizer = new AdamW(model.Parameters);
            var trainer = new DpoTrainer(model, reference, (p, r) => PreferenceLosses.Sigmoid(p, r, beta: 0.1), optimizer, _ => 0.003);
            return [.. Enumerable.Range(0, 3).Select(_ => trainer.Step(pairs)).SelectMany(step => new[] { step.Loss, step.Margin, step.GradientNorm })];
        }
    }

    [Test]
    public void A_reward_model_orders_pairs_that_it_has_not_seen()
    {
        using var policy = TinySetup.Policy();
        using var model = RewardModel.FromDecoder(policy.Decoder, seed: 5);
        using var optimizer = new AdamW(model.Parameters);
        // The better answer of a pair has even tokens, the worse one odd tokens.
        var pairs = Enumerable.Range(0, 48).Select(i => (Better: Answer(i, 0), Worse: Answer(i + 5, 1))).ToArray();
        var trainer = new RewardTrainer(model, RankingLosses.BradleyTerry(), optimizer, _ => 0.003);
        var training = pairs[..32].Select((pair, i) => i % 2 == 0
            ? new RankedExample([pair.Better, pair.Worse], [0, 1])
            : new RankedExample([pair.Worse, pair.Better], [1, 0])).ToArray();
        var first = trainer.Step(training);
        var last = Enumerable.Range(0, 40).Select(_ => trainer.Step(training)).ToArray()[^1];
        Assert.That(last.Loss, Is.LessThan(first.Loss / 2));
        var scores = RewardScoring.Scores(model, [.. pairs[32..].SelectMany(pair => new[] { pair.Better, pair.Worse })]);
        Assert.That(Enumerable.Range(0, 16).Count(i => scores[2 * i] > scores[(2 * i) + 1]), Is.GreaterThanOrEqualTo(15));

        static int[] Answer(int i, int parity) =>
            [22, .. Enumerable.Range(0, 5).Select(k => 2 + parity + (2 * (((i * 7) + (k * k) + k) % 10)))];
    }

    [Test]
    public void SFT_lowers_the_loss_until_the_model_recites()
    {
        using var model = TinySetup.Policy();
        using var optimizer = new AdamW(model.Parameters);
        SupervisedExample[] demonstrations = [new([2, 3, 9, 8, 7, 1], LearnFrom: 2), new([2, 4, 5, 5, 6, 1], LearnFrom: 2)];
        var before = SftTrainer.Evaluate(model, demonstrations);
        var trainer = new SftTrainer(model, optimizer, _ => 0.01);
        var steps = Enumerable.Range(0, 60).Select(_ => trainer.Step(demonstrations)).ToArray();
        Assert.That(steps[0].Loss, Is.EqualTo(before).Within(1e-5), "the loss of the first step is that of the untrained model");
        Assert.That(SftTrainer.Evaluate(model, demonstrations), Is.LessThan(0.1));
        using var recited = new RolloutEngine(model, TinySetup.Sampling with { Temperature = 0 }).Generate(
            PromptBatch.Create([[2, 3], [2, 4]], seed: 1));
        Assert.That(recited.ResponseTokens(0), Is.EqualTo(new[] { 9, 8, 7, 1 }));
        Assert.That(recited.ResponseTokens(1), Is.EqualTo(new[] { 5, 5, 6, 1 }));
    }

    private static (double Before, double After) EvenShares(
        IRewardFunction reward, PpoRecipe? recipe = null, SamplingOptions? sampling = null)
    {
        var ppo = TinyPpo.Create(new TinyPpoParts
        {
            Options = Options,
            Kl = new FixedKlController(0),
            Reward = reward,
            Rate = _ => 0.005,
            Recipe = recipe ?? PpoRecipe.Default,
            Sampling = sampling ?? TinySetup.Sampling,
        });
        var before = EvenShare(ppo);
        for (var iteration = 0; iteration < 15; iteration++)
        {
            ppo.Step(iteration, prompts: 24);
        }

        return (before, EvenShare(ppo));
    }

    private static double EvenShare(TinyPpo ppo)
    {
        using var scope = NewDisposeScope();
        return new TinyPpo.EvenShare().Score(new RolloutEngine(ppo.Policy, TinySetup.Sampling).Generate(TinySetup.Prompts(1000, count: 64))).mean().ToDouble();
    }

    private static double Drift(double coefficient)
    {
        var ppo = TinyPpo.Create(new TinyPpoParts { Options = Options, Kl = new FixedKlController(coefficient), Rate = _ => 0.005 });
        return Enumerable.Range(0, 12).Select(iteration => ppo.Step(iteration, prompts: 24)).ToArray()[^1].Kl;
    }

    private static double LogProb(PolicyModel model, IReadOnlyList<int> prompt, IReadOnlyList<int> response)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var ids = tensor(prompt.Concat(response).Select(id => (long)id).ToArray()).unsqueeze(0);
        return model.LogProbs(ids, null, ones(1, response.Count, ScalarType.Bool)).LogProbs.sum().ToDouble();
    }
}
