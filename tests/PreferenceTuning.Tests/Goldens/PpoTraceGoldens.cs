using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Tests.Shared;
using PreferenceTuning.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>
/// Recorded PPO training of another library, tensor by tensor: fed with its responses and row order, ours has to give its log-probs,
/// values, scores, rewards, advantages, losses, gradient norms and final weights.
/// </summary>
[Category("Golden")]
public sealed class PpoTraceGoldens
{
    // The README's figures for float32, times the ten that it allows (final weights: 1e-5 times ten).
    private sealed record Tolerance(double Forward, double Rewards, double Loss, double Norm, double Weights);

    private static readonly Tolerance Single = new(1e-5, 3e-6, 5e-6, 3e-5, 1e-4);
    private static readonly Tolerance Double = new(1e-7, 2e-7, 4e-7, 3e-7, 1e-6);

    private static IEnumerable<TestCaseData> Traces() =>
        GoldenFolder.Files("ppo_trl_*.json", "losses").Select(
            file => new TestCaseData(file).SetArgDisplayNames(Path.GetFileNameWithoutExtension(file)));

    [TestCaseSource(nameof(Traces))]
    public void Every_recorded_tensor_comes_out(string file)
    {
        using var scope = NewDisposeScope();
        var trace = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        var run = new Run(trace, Path.Combine(Path.GetDirectoryName(file)!, trace.GetProperty("weights_file").GetString()!));
        foreach (var update in trace.GetProperty("updates").EnumerateArray())
        {
            run.Replay(update);
        }

        run.CompareFinalWeights();
    }

    private sealed class Run
    {
        private readonly JsonElement _trace;
        private readonly JsonElement _config;
        private readonly string _weights;
        private readonly Tolerance _tolerance;
        private readonly ScalarType _dtype;
        private readonly int _pad;
        private readonly PolicyModel _policy;
        private readonly ValueModel _value;
        private readonly RewardModel _reward;
        private readonly PpoTrainer _trainer;
        private readonly PpoRecipe _recipe;

        public Run(JsonElement trace, string weights)
        {
            (_trace, _config, _weights) = (trace, trace.GetProperty("config"), weights);
            var isDouble = trace.GetProperty("dtype").GetString() == "f64";
            (_tolerance, _dtype) = isDouble ? (Double, ScalarType.Float64) : (Single, ScalarType.Float32);
            _pad = trace.GetProperty("special_tokens").GetProperty("pad").GetInt32();
            _policy = PolicyModel.FromPretrained(Folder("initial.policy."));
            _value = ValueModel.FromPretrained(Folder("initial.value."));
            _reward = RewardModel.FromPretrained(Folder("initial.reward."));
            var reference = PolicyModel.FromPretrained(Folder("initial.ref.")).Frozen();
            var estimator = _config.GetProperty("kl_estimator").GetString();
            _recipe = (_config.GetProperty("whiten_rewards").GetBoolean() ? PpoRecipe.TrlWhitenedRewards : PpoRecipe.Trl) with
            {
                KlEstimator = estimator == "k3" ? KlEstimators.K3 : KlEstimators.K1,
                Discount = _config.GetProperty("gamma").GetDouble(),
                Lambda = _config.GetProperty("lam").GetDouble(),
            };
            var rates = trace.GetProperty("updates").EnumerateArray()
                .Select(update => update.GetProperty("epochs")[0].GetProperty("micro_batches")[0].GetProperty("lr").GetDouble()).ToArray();
            _trainer = new PpoTrainer(
                _policy,
                reference,
                _value,
                new NoEngine(),
                new RewardModelFunction(_reward),
                new FixedKlController(_config.GetProperty("kl_coef").GetDouble()),
                new AdamW([.. _policy.Parameters, .. _value.Parameters], new AdamWOptions
                {
                    Beta1 = _config.Number("adam_beta1", 0.9), Beta2 = _config.Number("adam_beta2", 0.999),
                    Epsilon = _config.Number("adam_epsilon", 1e-8), WeightDecay = _config.Number("weight_decay", 0),
                }),
                iteration => rates[iteration],
                new PpoOptions
                {
                    Temperature = _config.GetProperty("temperature").GetDouble() + 1e-7,
                    ClipRange = _config.GetProperty("cliprange").GetDouble(),
                    ValueClipRange = _config.GetProperty("cliprange_value").GetDouble(),
                    ValueCoefficient = _config.GetProperty("vf_coef").GetDouble(),
                    MaxGradientNorm = null,
                },
                _recipe);
        }

        public void Replay(JsonElement update)
        {
            using var scope = NewDisposeScope();
            var number = update.GetProperty("update").GetInt32();
            var rollouts = Rollouts(update, "responses");
            var scores = Scores(update, number);
            var experience = _trainer.Evaluate(rollouts, scores);
            var (mask, valueMask) = (experience.PolicyMask, experience.ValueMask);
            Assert.That(mask.logical_not().Equals(Mask(update, "padding_mask")), Is.True, $"update {number}: padding_mask");
            Assert.That(valueMask.logical_not().Equals(Mask(update, "padding_mask_p1")), Is.True, $"update {number}: padding_mask_p1");
            Near(
                experience.RefLogProbs, Matrix(update, "ref_logprobs_raw"), mask, _tolerance.Forward,
                $"update {number}: reference log-probs");
            Near(experience.Values, Matrix(update, "values"), valueMask, _tolerance.Forward, $"update {number}: values");
            Near(
                experience.TokenRewards, Matrix(update, "rewards_before_whitening"), ones_like(mask),
                _tolerance.Rewards + _tolerance.Forward, $"update {number}: rewards");
            var estimate = new PpoUpdate(_policy, _value, null!, new PpoOptions(), _recipe).Estimate(experience);
            Near(estimate.Advantages, Matrix(update, "advantages"), mask, 10 * _tolerance.Forward, $"update {number}: advantages");
            Near(estimate.Returns, Matrix(update, "returns"), valueMask, 10 * _tolerance.Forward, $"update {number}: returns");

            var epochs = update.GetProperty("epochs").EnumerateArray().Select(epoch => Plan(epoch, mask, valueMask)).ToArray();
            var steps = _trainer.Optimize(experience, epochs).Steps;
            var recorded = update.GetProperty("epochs").EnumerateArray().SelectMany(RecordedSteps).ToArray();
            Assert.That(steps, Has.Count.EqualTo(recorded.Length));
            foreach (var ((step, expected), i) in steps.Zip(recorded).Select((pair, i) => (pair, i)))
            {
                Assert.That(
                    step.PolicyLoss, Is.EqualTo(expected.PolicyLoss).Within(_tolerance.Loss), $"update {number}, step {i}: policy loss");
                Assert.That(
                    step.ValueLoss, Is.EqualTo(expected.ValueLoss).Within(_tolerance.Loss * Math.Max(1, expected.ValueLoss)),
                    $"update {number}, step {i}: value loss");
                Assert.That(
                    step.GradientNorm, Is.EqualTo(expected.GradientNorm).Within(_tolerance.Norm * Math.Max(1, expected.GradientNorm)),
                    $"update {number}, step {i}: gradient norm");
            }
        }

        public void CompareFinalWeights()
        {
            foreach (var (name, parameters) in new[] { ("policy", _policy.Parameters), ("value", _value.Parameters) })
            {
                var bare = parameters.Select(
                    parameter => parameter with { Name = parameter.Name.Replace("value.", "", StringComparison.Ordinal) });
                var (difference, where) = TinyModels.Compare(bare, TinyModels.Tensors(_weights, $"final.{name}."));
                Assert.That(difference, Is.LessThan(_tolerance.Weights), $"{name} {where}");
            }
        }

        private Tensor Scores(JsonElement update, int number)
        {
            var raw = new RewardModelFunction(_reward).Score(Rollouts(update, "postprocessed_responses"));
            var expected = Vector(update, "scores_raw");
            Assert.That((raw - expected).abs().max().ToDouble(), Is.LessThan(1e-5), $"update {number}: scores");
            // The recorded float64 scores go on, so that the reward function's float32 does not cover up the rest of a float64 run.
            var finished = Flags(update, "contain_eos_token");
            var penalty = _config.GetProperty("missing_eos_penalty");
            var scores = penalty.ValueKind == JsonValueKind.Number
                ? RewardShaping.SubtractMissingEndPenalty(expected, finished, penalty.GetDouble())
                : expected;
            Assert.That(
                (scores - Vector(update, "scores")).abs().max().ToDouble(), Is.LessThan(1e-6),
                $"update {number}: scores after the penalty");
            return scores;
        }

        private RolloutBatch Rollouts(JsonElement update, string responses)
        {
            var queries = Integers(update, "queries");
            var answers = Integers(update, responses);
            var last = update.GetProperty("sequence_lengths").EnumerateArray().Select(length => length.GetInt64()).ToArray();
            var mask = arange(answers.shape[1]).unsqueeze(0).le(tensor(last).unsqueeze(1));
            return new RolloutBatch(queries, queries.ne(_pad), answers, mask, Matrix(update, "logprobs_raw"), Flags(update, "contain_eos_token")).Checked();
        }

        /// <summary>
        /// The library's own counting: an optimizer step where it recorded one, each micro-batch's mean divided by the accumulation steps.
        /// </summary>
        private PpoMiniBatch[] Plan(JsonElement epoch, Tensor mask, Tensor valueMask)
        {
            var accumulation = _config.GetProperty("gradient_accumulation_steps").GetInt32();
            var steps = new List<PpoMiniBatch>();
            var pending = new List<PpoMicroBatch>();
            foreach (var micro in epoch.GetProperty("micro_batches").EnumerateArray())
            {
                var rows = micro.GetProperty("indices").EnumerateArray().Select(row => row.GetInt32()).ToArray();
                var index = tensor(rows.Select(row => (long)row).ToArray());
                pending.Add(new PpoMicroBatch(
                    rows,
                    mask.index_select(0, index).sum().ToDouble() * accumulation,
                    valueMask.index_select(0, index).sum().ToDouble() * accumulation));
                if (micro.GetProperty("optimizer_stepped").GetBoolean())
                {
                    steps.Add(new PpoMiniBatch([.. pending]));
                    pending.Clear();
                }
            }

            Assert.That(pending, Is.Empty, "an epoch of the trace ends between two optimizer steps");
            return [.. steps];
        }

        private IEnumerable<PpoStepMetrics> RecordedSteps(JsonElement epoch)
        {
            var accumulation = _config.GetProperty("gradient_accumulation_steps").GetDouble();
            double policy = 0, value = 0;
            foreach (var micro in epoch.GetProperty("micro_batches").EnumerateArray())
            {
                policy += micro.GetProperty("pg_loss").GetDouble() / accumulation;
                value += micro.GetProperty("vf_loss").GetDouble() / accumulation;
                if (micro.GetProperty("optimizer_stepped").GetBoolean())
                {
                    yield return new PpoStepMetrics(policy, value, micro.GetProperty("accumulated_grad_norm").GetDouble());
                    (policy, value) = (0, 0);
                }
            }
        }

        private string Folder(string prefix) => TinyModels.Folder(_weights, _trace.GetProperty("model").GetString()!, prefix);

        private Tensor Matrix(JsonElement update, string name) =>
            stack(
                update.GetProperty(name).EnumerateArray().Select(row => tensor(row.EnumerateArray().Select(x => x.GetDouble()).ToArray(), _dtype)).ToArray());

        private Tensor Vector(JsonElement update, string name) =>
            tensor(update.GetProperty(name).EnumerateArray().Select(x => x.GetDouble()).ToArray(), _dtype);

        private static Tensor Integers(JsonElement update, string name) =>
            stack(
                update.GetProperty(name).EnumerateArray().Select(row => tensor(row.EnumerateArray().Select(x => x.GetInt64()).ToArray())).ToArray());

        private static Tensor Flags(JsonElement update, string name) =>
            tensor(update.GetProperty(name).EnumerateArray().Select(x => x.GetBoolean()).ToArray());

        private static Tensor Mask(JsonElement update, string name) =>
            stack(
                update.GetProperty(name).EnumerateArray().Select(row => tensor(row.EnumerateArray().Select(x => x.GetBoolean()).ToArray())).ToArray());

        private static void Near(Tensor actual, Tensor expected, Tensor mask, double tolerance, string what)
        {
            using var scope = NewDisposeScope();
            var difference = (actual.to(expected.dtype) - expected).masked_fill(mask.logical_not(), 0).abs().max().ToDouble();
            Assert.That(difference, Is.LessThan(tolerance), what);
        }
    }

    /// <summary>The trainer must not answer by itself while a record is replayed.</summary>
    private sealed class NoEngine : IRolloutEngine
    {
        public RolloutBatch Generate(PromptBatch prompts, CancellationToken cancellationToken = default) =>
            throw new InvalidOperationException("The recorded responses are used.");
    }
}
