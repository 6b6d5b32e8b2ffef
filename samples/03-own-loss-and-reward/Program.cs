// A researcher's afternoon: an own preference loss against DPO's, and an own reward function under PPO (Idea.cs has both).
using System.Globalization;
using OwnLossAndReward;
using PreferenceTuning.Losses;
using PreferenceTuning.Metrics;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics.Native;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Trainers;
using TorchSharp;
using static TorchSharp.torch;

LibTorchLocation.UseEnvironment();
set_num_threads(1); // these tensors are so small that threads would only wait for each other
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const string Letters = ".abcdefghijklmnopqrstuvwxyz"; // one token each; '.' ends an answer
var reward = new Alternation(Letters);
using var start = new PolicyModel(
    DecoderModel.Random(DecoderConfig.Gpt2(Letters.Length, 32, layers: 2, heads: 2, contextLength: 32), seed: 1));
var sampling = new SamplingOptions { MaxNewTokens = 10, StopTokens = [0] };
var several = sampling with { ResponsesPerPrompt = 4 };

Console.WriteLine($"random model: score {Mean(new RolloutEngine(start, sampling)):F2}, best of four {Mean(new BestOf(new RolloutEngine(start, several), 4, reward)):F2}");

Console.WriteLine("\nDPO on the best and the worst of four answers, 80 steps:");
var pairs = Enumerable.Range(0, 8).SelectMany(Pairs).Chunk(32).ToArray(); // eight batches
Compare("DPO", (policy, reference) => PreferenceLosses.Sigmoid(policy, reference, beta: 0.1));
Compare("DPO-Positive", (policy, reference) => Idea.DpoPositive(policy, reference, beta: 0.1, lambda: 5));

Console.WriteLine("\nA reward model from rankings by the same rule, with a hinge loss:");
using var judge = RewardModel.FromDecoder(start.Decoder, seed: 2);
using var judgeOptimizer = new AdamW(judge.Parameters);
var rewardTrainer = new RewardTrainer(judge, Functions.BestByMargin(margin: 1), judgeOptimizer, _ => 0.005);
IReadOnlyList<RankedExample> rankings = [.. pairs[0].Select(pair => new RankedExample([[.. pair.Prompt, .. pair.Chosen], [.. pair.Prompt, .. pair.Rejected]], [0, 1]))];
var first = rewardTrainer.Step(rankings);
var last = Enumerable.Range(0, 60).Select(_ => rewardTrainer.Step(rankings)).ToArray()[^1];
Console.WriteLine($"right about {first.Accuracy:P0} of its pairs before, {last.Accuracy:P0} after");

Console.WriteLine("\nPPO on the rule itself, with an estimator, a recipe, a KL controller and a metrics sink of our own:");
using var policy = start.Clone();
using var reference = start.Frozen();
using var value = ValueModel.WithOwnTrunk(start.Decoder.CloneTrunk(), ScoreHead.Zero(start.Decoder));
using var optimizer = new AdamW([.. policy.Parameters, .. value.Parameters]);
var trainer = new PpoTrainer(
    policy,
    reference,
    value,
    new RolloutEngine(policy, sampling),
    reward,
    new Fence(limit: 6, price: 0.2),
    optimizer,
    learningRate: iteration => 0.003 * LearningRateSchedules.Linear(iteration, warmupSteps: 0, totalSteps: 40),
    new PpoOptions { Epochs = 4, Seed = 1 },
    Functions.PlainRecipe);
var sink = new Lines(Console.Out);
for (var iteration = 0; iteration < 30; iteration++)
{
    var metrics = trainer.Step(Prompts(iteration));
    if (iteration % 5 == 0 || iteration == 29)
    {
        sink.Write(iteration, [new(MetricNames.ObjectiveScores, metrics.Scores), new(MetricNames.ObjectiveKl, metrics.Kl), new(MetricNames.ObjectiveKlCoefficient, metrics.KlCoefficient)]);
    }
}

using var final = new RolloutEngine(policy, sampling).Generate(Prompts(100));
Console.WriteLine($"answers now: {string.Join(' ', Enumerable.Range(0, 6).Select(row => Text(final.ResponseTokens(row))))}");

double Mean(IRolloutEngine engine)
{
    using var scope = NewDisposeScope();
    return reward.Score(engine.Generate(Prompts(100))).mean().ToDouble();
}

IReadOnlyList<PairExample> Pairs(int iteration)
{
    using var scope = NewDisposeScope();
    var answers = new RolloutEngine(start, several).Generate(Prompts(iteration));
    var scores = reward.Score(answers).data<float>().ToArray();
    return [.. Enumerable.Range(0, answers.Count / 4).Select(prompt =>
    {
        var order = Enumerable.Range(prompt * 4, 4).OrderBy(row => scores[row]).ToArray();
        return new PairExample(answers.PromptTokens(order[0]), answers.ResponseTokens(order[^1]), answers.ResponseTokens(order[0]));
    })];
}

void Compare(string name, PreferenceLossFunction loss)
{
    using var tuned = start.Clone();
    using var frozen = start.Frozen();
    using var steps = new AdamW(tuned.Parameters);
    var dpo = new DpoTrainer(tuned, frozen, loss, steps, _ => 0.001);
    var (before, after) = (dpo.Step(pairs[0]), Enumerable.Range(1, 80).Select(step => dpo.Step(pairs[step % 8])).ToArray()[^1]); // the same batch
    Console.WriteLine(
        $"{name,-13} margin {before.Margin:F2} -> {after.Margin:F2}, chosen answers {after.ChosenLogProb - before.ChosenLogProb:+0.0;-0.0} nats, "
        + $"score of new answers {Mean(new RolloutEngine(tuned, sampling)):F2}");
}

static PromptBatch Prompts(int iteration) => PromptBatch.Create(
    [.. Enumerable.Range(0, 32).Select(i => (IReadOnlyList<int>)[1 + (((iteration * 32) + i) % 26)])], seed: 7, firstEpisode: iteration * 32L);

static string Text(int[] tokens) => string.Concat(tokens.Select(token => Letters[token]));
