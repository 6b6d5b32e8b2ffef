using NUnit.Framework;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>
/// How a batch is cut for memory's sake changes neither gradient nor weights: losses are divided by the whole batch once.
/// </summary>
[OneThread]
public sealed class MicroBatchTests
{
    private const int Whole = 4096;

    // So few tokens that each micro-batch is one or two sequences.
    private const int Cut = 16;

    private static readonly Dictionary<string, Func<ScalarType, int, AdamW>> Kinds = new()
    {
        ["sft"] = Sft,
        ["reward"] = Reward,
        ["dpo"] = Dpo,
        ["ppo, one optimizer step"] = (dtype, tokens) => Ppo(dtype, tokens, PpoRecipe.Default, steps: 1),
        ["ppo, four optimizer steps"] = (dtype, tokens) => Ppo(dtype, tokens, PpoRecipe.Default, steps: 4),
        ["ppo as Ziegler"] = (dtype, tokens) => Ppo(dtype, tokens, PpoRecipe.Ziegler, steps: 4),
        ["ppo as TRL"] = (dtype, tokens) => Ppo(dtype, tokens, PpoRecipe.TrlWhitenedRewards, steps: 1),
    };

    private static IEnumerable<string> Names => Kinds.Keys;

    [TestCaseSource(nameof(Names))]
    public void Micro_batches_change_neither_gradient_nor_weights(string kind)
    {
        using var whole = Kinds[kind](ScalarType.Float64, Whole);
        using var cut = Kinds[kind](ScalarType.Float64, Cut);
        Close(Gradients(cut), Gradients(whole), 1e-10);
        Close(TinySetup.Numbers(cut.Parameters), TinySetup.Numbers(whole.Parameters), 1e-6);
    }

    // Not the weights: where a gradient is rounding alone (the bias of keys), Adam makes a whole step of it.
    [TestCase("sft")]
    [TestCase("reward")]
    [TestCase("dpo")]
    [TestCase("ppo, one optimizer step")]
    public void Nor_do_they_in_single_precision(string kind)
    {
        using var whole = Kinds[kind](ScalarType.Float32, Whole);
        using var cut = Kinds[kind](ScalarType.Float32, Cut);
        Close(Gradients(cut), Gradients(whole), 1e-6);
    }

    private static double[] Gradients(AdamW optimizer) => TinySetup.Numbers(optimizer.Parameters, value => value.grad);

    private static void Close(double[] actual, double[] expected, double tolerance)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        Assert.That(expected.Max(Math.Abs), Is.GreaterThan(0.01), "there is something to compare");
        Assert.That(actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max(), Is.LessThan(tolerance));
    }

    private static int[] Tokens(int salt, int count) => [.. Enumerable.Range(0, count).Select(i => 2 + (((salt * 5) + (i * 3)) % 20))];

    private static AdamW Sft(ScalarType dtype, int tokens)
    {
        var model = TinySetup.Policy(dtype: dtype);
        var optimizer = new AdamW(model.Parameters);
        var metrics = new SftTrainer(model, optimizer, _ => 0.01, new SftOptions { MicroBatchTokens = tokens })
            .Step([new(Tokens(1, 4)), new(Tokens(2, 12), LearnFrom: 9), new(Tokens(3, 7)), new(Tokens(4, 9), LearnFrom: 2)]);
        Assert.That(metrics.Tokens, Is.EqualTo(3 + 3 + 6 + 7));
        return optimizer;
    }

    private static AdamW Reward(ScalarType dtype, int tokens)
    {
        using var policy = TinySetup.Policy(dtype: dtype);
        var model = RewardModel.FromDecoder(policy.Decoder, seed: 5);
        var optimizer = new AdamW(model.Parameters);
        new RewardTrainer(model, RankingLosses.PlackettLuce(centering: 0.1), optimizer, _ => 0.01, new RewardOptions { MicroBatchTokens = tokens }).Step(
        [
            new([Tokens(1, 5), Tokens(2, 7), Tokens(3, 4)], [0, 1, 1]), new([Tokens(4, 9), Tokens(5, 5)], [1, 0]), new(
                [Tokens(6, 3), Tokens(7, 3), Tokens(8, 4)], [2, 0, 1]),
        ]);
        return optimizer;
    }

    private static AdamW Dpo(ScalarType dtype, int tokens)
    {
        var model = TinySetup.Policy(dtype: dtype);
        var reference = TinySetup.Policy(seed: 8, dtype: dtype).Frozen();
        var optimizer = new AdamW(model.Parameters);
        new DpoTrainer(
            model, reference, (p, r) => PreferenceLosses.Sigmoid(p, r, beta: 0.5), optimizer, _ => 0.01,
            new DpoOptions { MicroBatchTokens = tokens })
            .Step(
                [new(Tokens(1, 3), Tokens(2, 4), Tokens(3, 6)), new(Tokens(4, 4), Tokens(5, 9), Tokens(6, 2)), new(Tokens(7, 2), Tokens(8, 2), Tokens(9, 3))]);
        return optimizer;
    }

    private static AdamW Ppo(ScalarType dtype, int tokens, PpoRecipe recipe, int steps)
    {
        var options = new PpoOptions { MicroBatchTokens = tokens, Epochs = Math.Max(1, steps / 2), MiniBatches = Math.Min(2, steps), Seed = 4, ValueCoefficient = 0.5, EntropyCoefficient = 0.01 };
        var sampling = recipe == PpoRecipe.Ziegler ? TinySetup.Sampling with { StopTokens = [] } : TinySetup.Sampling;
        var ppo = TinyPpo.Create(new TinyPpoParts { Options = options, Dtype = dtype, Recipe = recipe, Sampling = sampling });
        var metrics = ppo.Step(0, prompts: 12);
        Assert.That(metrics.Steps, Has.Count.EqualTo(steps));
        return ppo.Optimizer;
    }
}
