using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using PreferenceTuning.Tests.Shared;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Ten-step runs of another library's trainers, repeated from the same weights and batches.</summary>
[Category("Golden")]
public sealed class TrainerGoldens
{
    // The README: losses and norms 1e-5 relative for a correct float32 trainer, final weights 1e-5 absolute; ten times is allowed.
    private const double Relative = 1e-4;
    private const double Weights = 1e-4;

    private static IEnumerable<TestCaseData> Runs()
    {
        foreach (var file in GoldenFolder.Files("*.json", "trainers"))
        {
            var run = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            var test = new TestCaseData(file).SetArgDisplayNames(Path.GetFileNameWithoutExtension(file));
            var reason = NotRun(run);
            yield return reason is null ? test : test.Ignore(reason);
        }
    }

    private static string? NotRun(JsonElement run)
    {
        if (!run.TryGetProperty("function", out var function))
        {
            return "not a run: recomputed figures of the other files";
        }

        if (function.GetString() is not ("trl.SFTTrainer.train" or "trl.RewardTrainer.train" or "trl.DPOTrainer.train"))
        {
            return $"{function.GetString()} has no trainer here yet";
        }

        var config = run.GetProperty("config");
        return function.GetString() switch
        {
            "trl.DPOTrainer.train" => DpoNotRun(config),
            "trl.SFTTrainer.train" when Kind(config) is not ("nll" or "chunked_nll" or "dft") => $"the supervised loss {Kind(config)} is not offered",
            _ => null,
        };
    }

    private static string? DpoNotRun(JsonElement config)
    {
        var kinds = LossGoldensPreference.Types(config);
        return kinds.Contains("sft") ? "a supervised term inside DPO, averaged per micro-batch, is not offered"
            : kinds.Length > 1 ? "the trainer takes one loss; a weighted sum of several is the caller's function"
            : LossGoldensPreference.Loss(kinds[0], config) is null ? $"there is no loss {kinds[0]}"
            : kinds[0] is "aot" or "aot_unpaired" ? "it sorts a micro-batch of the reference, which is not one of ours"
            : config.IsTrue("use_weighting") || config.TryGetProperty("ld_alpha", out var alpha) && alpha.ValueKind == JsonValueKind.Number
                ? "it weighs tokens, and the trainer hands a loss their sums" : null;
    }

    private static string? Kind(JsonElement config) =>
        config.TryGetProperty("loss_type", out var kind) && kind.ValueKind == JsonValueKind.String ? kind.GetString() : "nll";

    [TestCaseSource(nameof(Runs))]
    public void Ten_steps_end_with_the_recorded_weights(string file)
    {
        using var scope = NewDisposeScope();
        var run = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        var folder = Path.GetDirectoryName(file)!;
        var initial = TinyModels.Folder(
            Path.Combine(folder, run.GetProperty("initial_weights").GetString()!), run.GetProperty("model").GetString()!);
        var replay = run.GetProperty("function").GetString() switch
        {
            "trl.SFTTrainer.train" => Sft(run, initial),
            "trl.RewardTrainer.train" => Reward(run, initial),
            _ => Dpo(run, initial, folder),
        };
        foreach (var step in run.GetProperty("steps").EnumerateArray())
        {
            var (loss, norm) = replay.Step(step);
            var logged = step.GetProperty("logged");
            var number = step.GetProperty("step").GetInt32();
            Assert.That(loss, Near(logged.GetProperty("loss").GetDouble()), $"loss of step {number}");
            Assert.That(norm, Near(logged.GetProperty("grad_norm").GetDouble()), $"gradient norm of step {number}");
        }

        var final = TinyModels.Tensors(Path.Combine(folder, run.GetProperty("final_weights").GetString()!));
        // A difference of rewards does not depend on the last norm's bias: its gradient is rounding noise unless rewards are centred.
        var biasIsNoise = run.GetProperty("config").TryGetProperty("center_rewards_coefficient", out var c) && c.ValueKind != JsonValueKind.Number;
        var (difference, where) = TinyModels.Compare(
            replay.Parameters, final, name => biasIsNoise && name.EndsWith("ln_f.bias", StringComparison.Ordinal));
        Assert.That(difference, Is.LessThan(Weights), where);
        Directory.Delete(initial, recursive: true);
    }

    private sealed record Replay(Func<JsonElement, (double Loss, double Norm)> Step, IReadOnlyList<NamedParameter> Parameters);

    private static Replay Sft(JsonElement run, string initial)
    {
        var model = PolicyModel.FromPretrained(initial);
        var options = new SftOptions { MaxGradientNorm = run.GetProperty("config").GetProperty("max_grad_norm").GetDouble() };
        Func<Tensor, Tensor, Tensor>? loss = Kind(run.GetProperty("config")) == "dft" ? SupervisedLosses.Dft : null;
        var trainer = new SftTrainer(model, Optimizer(run, model.Parameters), Rate(run), options, loss);
        return new Replay(
            step =>
            {
                var batch = new List<SupervisedExample>();
                double? items = null;
                foreach (var micro in step.GetProperty("micro_batches").EnumerateArray())
                {
                    items = micro.GetProperty("num_items_in_batch_argument").GetDouble();
                    var inputs = micro.GetProperty("inputs");
                    foreach (var (ids, labels) in Sequences(inputs).Zip(inputs.GetProperty("labels").EnumerateArray()))
                    {
                        batch.Add(
                            new SupervisedExample(
                                ids, Math.Max(1, labels.EnumerateArray().TakeWhile(label => label.GetInt64() == -100).Count())));
                    }
                }

                var metrics = trainer.Step(batch, items);
                // Over several micro-batches the reference averages their means, ours weighs tokens.
                if (step.GetProperty("micro_batches").GetArrayLength() == 1)
                {
                    Measured(step, ("entropy", metrics.Entropy));
                }

                return (metrics.Loss, metrics.GradientNorm);
            },
            model.Parameters);
    }

    private static Replay Reward(JsonElement run, string initial)
    {
        var model = RewardModel.FromPretrained(initial);
        var config = run.GetProperty("config");
        var centering = config.GetProperty("center_rewards_coefficient") is { ValueKind: JsonValueKind.Number } c ? c.GetDouble() : 0;
        var options = new RewardOptions { MaxGradientNorm = config.GetProperty("max_grad_norm").GetDouble() };
        var trainer = new RewardTrainer(model, RankingLosses.BradleyTerry(centering), Optimizer(run, model.Parameters), Rate(run), options);
        return new Replay(
            step =>
            {
                var batch = new List<RankedExample>();
                foreach (var micro in step.GetProperty("micro_batches").EnumerateArray())
                {
                    var inputs = micro.GetProperty("inputs");
                    var sequences = Sequences(inputs);
                    var pairs = sequences.Count / 2;
                    for (var i = 0; i < pairs; i++)
                    {
                        var margin = inputs.TryGetProperty("margin", out var margins) ? margins[i].GetDouble() : 0;
                        batch.Add(new RankedExample([sequences[i], sequences[pairs + i]], [0, 1], margin));
                    }
                }

                var metrics = trainer.Step(batch);
                Measured(step, ("accuracy", metrics.Accuracy), ("margin", metrics.Margin));
                // Only centring holds the mean; without it the last norm's bias moves by rounding noise.
                if (centering != 0)
                {
                    Measured(step, ("mean_reward", metrics.MeanScore));
                }

                return (metrics.Loss, metrics.GradientNorm);
            },
            model.Parameters);
    }

    private static Replay Dpo(JsonElement run, string initial, string folder)
    {
        var model = PolicyModel.FromPretrained(initial);
        var referenceFolder = TinyModels.Folder(
            Path.Combine(folder, run.GetProperty("reference_weights").GetString()!), run.GetProperty("model").GetString()!);
        var reference = PolicyModel.FromPretrained(referenceFolder).Frozen();
        Directory.Delete(referenceFolder, recursive: true);
        var config = run.GetProperty("config");
        var loss = LossGoldensPreference.Loss(LossGoldensPreference.Types(config)[0], config)!;
        var options = new DpoOptions { MaxGradientNorm = config.GetProperty("max_grad_norm").GetDouble() };
        var trainer = new DpoTrainer(model, reference, loss, Optimizer(run, model.Parameters), Rate(run), options);
        return new Replay(
            step =>
            {
                var batch = step.GetProperty("micro_batches").EnumerateArray().SelectMany(micro => Pairs(micro.GetProperty("inputs"))).ToArray();
                var metrics = trainer.Step(batch);
                Measured(
                    step, ("rewards/accuracies", metrics.Accuracy), ("rewards/margins", metrics.Margin), ("rewards/chosen", metrics.ChosenReward),
                    ("rewards/rejected", metrics.RejectedReward), ("logps/chosen", metrics.ChosenLogProb), ("logps/rejected", metrics.RejectedLogProb));
                return (metrics.Loss, metrics.GradientNorm);
            },
            model.Parameters);
    }

    /// <summary>What the reference logged beside loss and gradient norm, where it did.</summary>
    private static void Measured(JsonElement step, params (string Name, double Value)[] metrics)
    {
        foreach (var (name, value) in metrics)
        {
            if (step.GetProperty("logged").TryGetProperty(name, out var logged))
            {
                Assert.That(value, Is.EqualTo(logged.GetDouble()).Within(Math.Max(1e-5, Math.Abs(logged.GetDouble()) * Relative)), name);
            }
        }
    }

    private static IEnumerable<PairExample> Pairs(JsonElement inputs)
    {
        var sequences = Sequences(inputs);
        var prompts = inputs.GetProperty("completion_mask").EnumerateArray()
            .Select(row => row.EnumerateArray().TakeWhile(kept => kept.GetInt32() == 0).Count()).ToArray();
        var pairs = sequences.Count / 2;
        for (var i = 0; i < pairs; i++)
        {
            var prompt = prompts[i];
            yield return new PairExample(sequences[i][..prompt], sequences[i][prompt..], sequences[pairs + i][prompts[pairs + i]..]);
        }
    }

    private static List<int[]> Sequences(JsonElement inputs) =>
        [.. inputs.GetProperty("input_ids").EnumerateArray().Zip(
            inputs.GetProperty("attention_mask").EnumerateArray(),
            (ids, mask) => ids.EnumerateArray().Take(mask.EnumerateArray().Count(kept => kept.GetInt32() == 1)).Select(id => id.GetInt32()).ToArray())];

    private static AdamW Optimizer(JsonElement run, IReadOnlyList<NamedParameter> parameters)
    {
        var config = run.GetProperty("config");
        return new AdamW(parameters, new AdamWOptions
        {
            Beta1 = config.GetProperty("adam_beta1").GetDouble(),
            Beta2 = config.GetProperty("adam_beta2").GetDouble(),
            Epsilon = config.GetProperty("adam_epsilon").GetDouble(),
            WeightDecay = config.GetProperty("weight_decay").GetDouble(),
        });
    }

    private static Func<long, double> Rate(JsonElement run)
    {
        var rates = run.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("logged").GetProperty("learning_rate").GetDouble()).ToArray();
        return step => rates[step];
    }

    private static NUnit.Framework.Constraints.IConstraint Near(double expected) =>
        Is.EqualTo(expected).Within(Math.Max(1e-6, Math.Abs(expected) * Relative));
}
