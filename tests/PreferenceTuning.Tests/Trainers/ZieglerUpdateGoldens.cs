using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Tests.Goldens;
using PreferenceTuning.Tests.Rewards;
using PreferenceTuning.Tests.Shared;
using PreferenceTuning.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>
/// The trainer under the recipe of Ziegler et al. 2019 gives the recorded update: from responses and scores through rewards and
/// advantages to losses and statistics. The recorded log-probs and values belong to no model that is known, so one is made for them: a
/// ratio is a difference of log-probs, which the old ones are shifted for, and a head is solved that gives the new values.
/// </summary>
[Category("Golden")]
[OneThread]
public sealed class ZieglerUpdateGoldens
{
    private static IEnumerable<TestCaseData> Updates()
    {
        foreach (var file in GoldenFolder.Files("ppo_ziegler*.json", "losses"))
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file));
            if (!document.RootElement.TryGetProperty("cases", out var cases))
            {
                yield return new TestCaseData(default(JsonElement)).SetArgDisplayNames(Path.GetFileNameWithoutExtension(file)).Ignore(
                    "it has no 'cases'");
                continue;
            }

            foreach (var (index, item) in cases.EnumerateArray().Index())
            {
                yield return new TestCaseData(item.Clone()).SetArgDisplayNames(Path.GetFileNameWithoutExtension(file), $"{index}");
            }
        }
    }

    [TestCaseSource(nameof(Updates))]
    public void The_trainer_gives_the_recorded_update(JsonElement item)
    {
        using var scope = NewDisposeScope();
        var options = item.GetProperty("options");
        using var update = new Update(item, options);
        var scores = update.Score();
        Close(scores, item.Values("scores", ScalarType.Float64), "scores");
        var experience = update.Experience(scores);
        Close(experience.TokenRewards, item.Values("rewards", ScalarType.Float64), "rewards");
        update.CheckAdvantages(experience);

        var metrics = update.Optimize(experience);
        Assert.That(metrics.Kl, Is.EqualTo(item.Number("objective_kl")).Within(1e-7), "KL of a response");
        Assert.That(metrics.PolicyLoss, Is.EqualTo(item.Number("policy_loss")).Within(1e-6), "policy loss");
        Assert.That(metrics.ValueLoss, Is.EqualTo(item.Number("value_loss")).Within(1e-6), "value loss");
        Assert.That(metrics.ApproxKl, Is.EqualTo(item.Number("approxkl")).Within(1e-6), "approximate KL");
        Assert.That(metrics.ClipFraction, Is.EqualTo(item.Number("policy_clipfrac")).Within(1e-9), "clipped share, policy");
        Assert.That(metrics.ValueClipFraction, Is.EqualTo(item.Number("value_clipfrac")).Within(1e-9), "clipped share, value");
    }

    private static void Close(Tensor actual, Tensor expected, string what) =>
        Assert.That((actual.to(ScalarType.Float64) - expected).abs().max().item<double>(), Is.LessThan(1e-6), what);

    private sealed class Update : IDisposable
    {
        private readonly JsonElement _item;
        private readonly JsonElement _options;
        private readonly RolloutBatch _rollouts;
        private readonly PpoRecipe _recipe;
        private readonly PpoOptions _ppo;
        private readonly PolicyModel _policy;
        private readonly ValueModel _value;
        private readonly AdamW _optimizer;
        private readonly PpoTrainer _trainer;
        private readonly IRewardFunction _reward;

        public Update(JsonElement item, JsonElement options)
        {
            (_item, _options) = (item, options);
            var responses = item.Whole("responses");
            _rollouts = GivenScores.Rollouts(
                0,
                [.. Enumerable.Range(0, (int)responses.shape[0]).Select(row => responses[row].data<long>().Select(id => (int)id).ToArray())]);
            _recipe = PpoRecipe.Ziegler with { Discount = options.Number("gamma"), Lambda = options.Number("lambda") };
            if (!options.GetProperty("whiten_rewards").GetBoolean())
            {
                _recipe = _recipe with { ScaleRewards = (rewards, _) => rewards };
            }

            _ppo = new PpoOptions
            {
                Epochs = 1,
                ClipRange = options.Number("cliprange"),
                ValueClipRange = options.Number("cliprange_value"),
                ValueCoefficient = options.Number("vf_coef"),
            };
            (_policy, _value) = Models(responses);
            _optimizer = new AdamW([.. _policy.Parameters, .. _value.Parameters]);
            _reward = MissingTokenReplaced(options, item.Values("model_scores", ScalarType.Float32).data<float>().ToArray());
            _trainer = new PpoTrainer(
                _policy, _policy, _value, new RolloutEngine(_policy, new SamplingOptions()), _reward, new FixedKlController(options.Number("kl_coef")), _optimizer, _ => 0, _ppo, _recipe);
        }

        public Tensor Score() => _reward.Score(_rollouts);

        public PpoExperience Experience(Tensor scores)
        {
            var (old, reference) = (_item.Values("logprobs", ScalarType.Float64), _item.Values("ref_logprobs", ScalarType.Float64));
            var mask = _recipe.PolicyMask(_rollouts.ResponseMask);
            var rewards = _recipe.TokenRewards(
                scores.to(ScalarType.Float64), _recipe.KlEstimator(old, reference), _rollouts.ResponseMask, _options.Number("kl_coef"));
            return new PpoExperience(
                _rollouts, mask, _recipe.ValueMask(_rollouts.ResponseMask), old, reference, _item.Values("values", ScalarType.Float64), scores, rewards);
        }

        public void CheckAdvantages(PpoExperience experience)
        {
            var estimated = new PpoUpdate(_policy, _value, _optimizer, _ppo, _recipe).Estimate(experience);
            Close(estimated.Advantages, _item.Values("advantages", ScalarType.Float64), "advantages");
            Close(estimated.Returns, _item.Values("returns", ScalarType.Float64), "returns");
        }

        /// <summary>Two micro-batches of one optimizer step at rate 0, so that nothing changes.</summary>
        public PpoMetrics Optimize(PpoExperience experience)
        {
            using var inference = no_grad();
            var now = _policy.LogProbs(_rollouts.SequenceIds(), _rollouts.SequenceMask(), _rollouts.ResponseMask).LogProbs;
            var shift = now - _item.Values("new_logprobs", ScalarType.Float64);
            SolveHead();
            var tokens = experience.PolicyMask.numel();
            var rows = Enumerable.Range(0, _rollouts.Count).ToArray();
            var half = rows.Length / 2;
            var step = new PpoMiniBatch([new(rows[..half], tokens, tokens), new(rows[half..], tokens, tokens)]);
            using var training = enable_grad();
            return _trainer.Optimize(
                experience with { OldLogProbs = experience.OldLogProbs + shift, RefLogProbs = experience.RefLogProbs + shift }, [[step]]);
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _value.Dispose();
            _policy.Dispose();
        }

        // The hidden size exceeds the number of tokens, so the hidden states are independent and a head can give any values.
        private static (PolicyModel Policy, ValueModel Value) Models(Tensor responses)
        {
            var size = 8 * (int)((responses.numel() / 8) + 2);
            var vocabulary = (int)Math.Max(responses.max().item<long>(), responses.shape[0] + 2) + 1;
            var config = DecoderConfig.Gpt2(vocabulary, size, layers: 1, heads: 2, contextLength: (int)responses.shape[1] + 1) with { InitializerRange = 0.3 };
            var policy = new PolicyModel(DecoderModel.Random(config, seed: 3, ScalarType.Float64));
            return (policy, ValueModel.WithOwnTrunk(policy.Decoder.CloneTrunk(), ScoreHead.Zero(policy.Decoder)));
        }

        private void SolveHead()
        {
            var hidden = _value.Trunk.Hidden(_rollouts.SequenceIds(), _rollouts.SequenceMask());
            var states = hidden.narrow(1, 0, _rollouts.ResponseLength).reshape(-1, hidden.shape[2]); // each token's value is read one place before it
            var wanted = _item.Values("new_values", ScalarType.Float64).reshape(-1, 1);
            _value.Head.Parameters[0].Value.copy_(linalg.pinv(states).matmul(wanted).view(1, -1));
            Close(states.matmul(_value.Head.Parameters[0].Value.t()), wanted, "the head that was solved");
        }

        private static IRewardFunction MissingTokenReplaced(JsonElement options, float[] scores) => new TruncatedRewardFunction(
            MissingEndPenalty.Replace(new GivenScores(scores), options.Number("penalty_reward_value")),
            options.GetProperty("truncate_token").GetInt32(),
            options.GetProperty("pad_token").GetInt32(),
            options.GetProperty("truncate_after").GetInt32());
    }
}
