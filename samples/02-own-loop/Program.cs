// PPO (Ziegler et al. 2019, arXiv:1909.08593) written by hand from the library's parts. A model of random weights writes letters;
// the rule below likes vowels; the model learns to write them without running away from what it was.
using System.Globalization;
using PreferenceTuning.Advantages;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Numerics.Native;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using TorchSharp;
using static TorchSharp.torch;

LibTorchLocation.UseEnvironment();
set_num_threads(1); // these tensors are so small that threads would only wait for each other
const string Letters = ".abcdefghijklmnopqrstuvwxyz"; // one token each; '.' ends an answer
const int End = 0, Batch = 32, Iterations = 40, Epochs = 4;
const double ClipRange = 0.2, ValueCoefficient = 0.1, LearningRate = 0.003;

var config = DecoderConfig.Gpt2(Letters.Length, hiddenSize: 32, layers: 2, heads: 2, contextLength: 32);
using var policy = new PolicyModel(DecoderModel.Random(config, seed: 1));
using var reference = policy.Frozen();
using var value = ValueModel.WithOwnTrunk(policy.Decoder.CloneTrunk(), ScoreHead.Zero(policy.Decoder));
using var optimizer = new AdamW([.. policy.Parameters, .. value.Parameters]);
var engine = new RolloutEngine(policy, new SamplingOptions { MaxNewTokens = 12, StopTokens = [End] });
var estimator = new GeneralizedAdvantageEstimator(discount: 1, lambda: 0.95);
var kl = new AdaptiveKlController(coefficient: 0.05, target: 6, horizon: 1000);

for (var iteration = 0; iteration < Iterations; iteration++)
{
    using var scope = NewDisposeScope();
    using var rollout = engine.Generate(Prompts(iteration)); // answers, with the log-probs they were drawn with
    var (ids, mask, kept) = (rollout.SequenceIds(), rollout.SequenceMask(), rollout.ResponseMask);
    var scores = VowelShare(rollout); // [B]

    Tensor drift, oldValues, advantages, returns; // [B, T] each
    using (no_grad())
    {
        drift = KlEstimators.K1(rollout.OldLogProbs, reference.LogProbs(ids, mask, kept).LogProbs);
        oldValues = Values(rollout, ids, mask);
        var rewards = RewardShaping.TokenRewards(scores, drift, kept, kl.Coefficient);
        (advantages, returns) = estimator.Estimate(new AdvantageInputs(rewards, oldValues, kept));
        advantages = AdvantageScaling.StandardizeTrl(advantages, kept);
    }

    for (var epoch = 0; epoch < Epochs; epoch++)
    {
        using var step = NewDisposeScope();
        optimizer.ZeroGradients();
        var logProbs = policy.LogProbs(ids, mask, kept).LogProbs;
        var policyLoss = PolicyLosses.PpoClipped(logProbs, rollout.OldLogProbs, advantages, kept, ClipRange).Losses;
        var valueLoss = ValueLosses.Clipped(Values(rollout, ids, mask), oldValues, returns, kept, clipRange: 0.2).Losses;
        CheckedBackward.Run(Masked.Mean(policyLoss + (ValueCoefficient * valueLoss), kept));
        GradientClipping.ClipByGlobalNorm(optimizer.Parameters, max: 1);
        optimizer.Step(LearningRate);
    }

    var observed = Masked.Sum(drift, kept, 1).mean().ToDouble(); // nats per answer
    if (iteration % 5 == 0 || iteration == Iterations - 1)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"iteration {iteration,2}  vowels {scores.mean().ToDouble(),4:P0}  KL {observed,5:F2} nats  coefficient {kl.Coefficient:F3}  e.g. {Text(rollout, 0)}"));
    }

    kl.Update(observed, Batch);
}

static PromptBatch Prompts(int iteration) => PromptBatch.Create(
    [.. Enumerable.Range(0, Batch).Select(i => (IReadOnlyList<int>)[1 + (((iteration * Batch) + i) % 26)])], // one letter
    seed: 7,
    firstEpisode: (long)iteration * Batch);

static Tensor VowelShare(RolloutBatch rollout) => tensor(Enumerable.Range(0, rollout.Count)
    .Select(row => rollout.ResponseTokens(row))
    .Select(tokens => (float)tokens.Count(token => "aeiou".Contains(Letters[token], StringComparison.Ordinal)) / tokens.Length)
    .ToArray());

// The value of a token is read one position before it: where the model stood when it chose the token.
Tensor Values(RolloutBatch rollout, Tensor ids, Tensor mask) =>
    value.Values(ids, mask).narrow(1, rollout.PromptLength - 1, rollout.ResponseLength);

static string Text(RolloutBatch rollout, int row) =>
    string.Concat(rollout.PromptTokens(row).Concat(rollout.ResponseTokens(row)).Select(token => Letters[token]));
