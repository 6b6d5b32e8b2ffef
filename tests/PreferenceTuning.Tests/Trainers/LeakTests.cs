using NUnit.Framework;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>Twenty steps leave no tensor behind.</summary>
[OneThread]
public sealed class LeakTests
{
    private static readonly Dictionary<string, Func<Action<long>>> Kinds = new()
    {
        ["sft"] = Sft,
        ["reward"] = Reward,
        ["dpo"] = () => Dpo(withModel: true),
        ["dpo with stored reference"] = () => Dpo(withModel: false),
        ["ppo"] = () => Ppo(PpoRecipe.Default),
        ["ppo as Ziegler"] = () => Ppo(PpoRecipe.Ziegler),
        ["ppo as TRL"] = () => Ppo(PpoRecipe.TrlWhitenedRewards),
    };

    private static IEnumerable<string> Names => Kinds.Keys;

    [TestCaseSource(nameof(Names))]
    public void Twenty_steps_leave_no_tensor_behind(string kind)
    {
        var step = Kinds[kind]();
        // The first steps make the optimizer's state and what is kept for good.
        for (var warmUp = 0; warmUp < 3; warmUp++)
        {
            step(warmUp);
        }

        for (var i = 3; i < 23; i++)
        {
            LiveTensors.AssertNoMore(() => step(i));
        }
    }

    private static Action<long> Sft()
    {
        var model = TinySetup.Policy();
        var trainer = new SftTrainer(model, new AdamW(model.Parameters), _ => 0.001);
        return step => trainer.Step([new([2, 3, (int)(4 + (step % 10)), 5]), new([6, 7, 8])]);
    }

    private static Action<long> Reward()
    {
        using var policy = TinySetup.Policy();
        var model = RewardModel.FromDecoder(policy.Decoder, seed: 5);
        var trainer = new RewardTrainer(model, RankingLosses.PlackettLuce(centering: 0.01), new AdamW(model.Parameters), _ => 0.001);
        return step =>
        {
            trainer.Step([new([[2, 3], [4, (int)(5 + (step % 10))], [6]], [0, 1, 1])]);
            RewardTrainer.Evaluate(model, RankingLosses.PickBest, [new([[2, 3], [4, 5]], [0, 1])]);
        };
    }

    private static Action<long> Dpo(bool withModel)
    {
        var model = TinySetup.Policy();
        var reference = model.Frozen();
        IReadOnlyList<PairExample> pairs = [new([2], [3, 4], [5]), new([6, 7], [8], [9, 10, 11])];
        var trainer = new DpoTrainer(
            model, withModel ? reference : null, (p, r) => PreferenceLosses.Sigmoid(p, r, 0.1), new AdamW(model.Parameters), _ => 0.001);
        return _ => trainer.Step(withModel ? pairs : DpoTrainer.WithReference(reference, pairs));
    }

    private static Action<long> Ppo(PpoRecipe recipe)
    {
        var options = new PpoOptions { Epochs = 2, MiniBatches = 2, MicroBatchTokens = 20, EntropyCoefficient = 0.01 };
        var ppo = TinyPpo.Create(
            new TinyPpoParts { Options = options, Recipe = recipe, Sampling = TinySetup.Sampling with { StopTokens = [] } });
        return step => ppo.Step(step);
    }
}
