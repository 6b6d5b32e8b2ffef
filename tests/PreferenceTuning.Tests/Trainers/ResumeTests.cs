using System.Text.Json.Nodes;
using NUnit.Framework;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>2n steps give the same bits as n steps, a checkpoint, and n steps of a new process's objects.</summary>
[OneThread]
public sealed class ResumeTests
{
    private const int Half = 3;

    /// <summary>A run that can be stepped, saved and continued.</summary>
    private sealed record Run(AdamW Optimizer, Action<long> Step, Func<JsonObject> State, Action<JsonObject> Resume);

    private static readonly Dictionary<string, Func<Run>> Kinds = new()
    {
        ["sft"] = Sft,
        ["reward"] = Reward,
        ["dpo"] = Dpo,
        ["ppo"] = () => PpoRun.Create(),
    };

    private static IEnumerable<string> Names => Kinds.Keys;

    [TestCaseSource(nameof(Names))]
    public void A_resumed_run_ends_with_the_same_bits(string kind)
    {
        var whole = Bits(Finish(Kinds[kind](), 0));
        Assert.That(Bits(Finish(Kinds[kind](), 0)), Is.EqualTo(whole), "two equal runs must already agree");
        Assert.That(Bits(Resumed(kind, dropState: false, dropOptimizer: false)), Is.EqualTo(whole));
    }

    [TestCaseSource(nameof(Names))]
    public void Without_the_trainers_state_or_the_optimizers_the_bits_differ(string kind)
    {
        var whole = Bits(Finish(Kinds[kind](), 0));
        Assert.That(Bits(Resumed(kind, dropState: true, dropOptimizer: false)), Is.Not.EqualTo(whole), "the trainer's counters matter");
        Assert.That(Bits(Resumed(kind, dropState: false, dropOptimizer: true)), Is.Not.EqualTo(whole), "the optimizer's state matters");
    }

    private static AdamW Resumed(string kind, bool dropState, bool dropOptimizer)
    {
        var folder = Directory.CreateTempSubdirectory("resume").FullName;
        try
        {
            var first = Kinds[kind]();
            for (var step = 0; step < Half; step++)
            {
                first.Step(step);
            }

            var store = new CheckpointStore(folder);
            TrainingState.Save(store, Half, "options", first.Optimizer, first.State());
            var second = Kinds[kind]();
            var checkpoint = store.FindNewest().Newest!;
            var fresh = second.Optimizer.ExportState();
            TrainingState.Restore(checkpoint, second.Optimizer);
            if (dropOptimizer)
            {
                second.Optimizer.ImportState(fresh);
            }

            if (!dropState)
            {
                second.Resume(JsonNode.Parse(checkpoint.State.GetRawText())!.AsObject());
            }

            return Finish(second, Half);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static AdamW Finish(Run run, long from)
    {
        for (var step = from; step < 2 * Half; step++)
        {
            run.Step(step);
        }

        return run.Optimizer;
    }

    private static string Bits(AdamW optimizer) =>
        string.Concat(optimizer.Parameters.Select(parameter => Convert.ToHexString(parameter.Value.detach().contiguous().bytes)));

    // A rate that depends on the step, so that a forgotten counter shows.
    private static double Rate(long step) => 0.02 / (1 + step);

    private static int[] Tokens(long step, int salt, int count) =>
        [.. Enumerable.Range(0, count).Select(i => 2 + (int)(((step * 7) + (salt * 5) + (i * 3)) % 20))];

    private static Run Sft()
    {
        var model = TinySetup.Policy();
        var optimizer = new AdamW(model.Parameters);
        var trainer = new SftTrainer(model, optimizer, Rate);
        return new Run(
            optimizer,
            step => trainer.Step([new(Tokens(step, 1, 6)), new(Tokens(step, 2, 9), LearnFrom: 3)]),
            () => new JsonObject { ["step"] = trainer.StepCount },
            state => trainer.Resume(state["step"]!.GetValue<long>()));
    }

    private static Run Reward()
    {
        using var policy = TinySetup.Policy();
        var model = RewardModel.FromDecoder(policy.Decoder, seed: 5);
        var optimizer = new AdamW(model.Parameters);
        var trainer = new RewardTrainer(model, RankingLosses.PlackettLuce(centering: 0.01), optimizer, Rate);
        return new Run(
            optimizer,
            step => trainer.Step([new([Tokens(step, 1, 5), Tokens(step, 2, 7), Tokens(step, 3, 4)], [0, 1, 1]), new([Tokens(step, 4, 5), Tokens(step, 5, 5)], [1, 0])]),
            () => new JsonObject { ["step"] = trainer.StepCount },
            state => trainer.Resume(state["step"]!.GetValue<long>()));
    }

    private static Run Dpo()
    {
        var model = TinySetup.Policy();
        var optimizer = new AdamW(model.Parameters);
        var trainer = new DpoTrainer(model, model.Frozen(), (p, r) => PreferenceLosses.Sigmoid(p, r, beta: 0.1), optimizer, Rate);
        return new Run(
            optimizer,
            step => trainer.Step([new(Tokens(step, 1, 3), Tokens(step, 2, 4), Tokens(step, 3, 6)), new(Tokens(step, 4, 4), Tokens(step, 5, 3), Tokens(step, 6, 2))]),
            () => new JsonObject { ["step"] = trainer.StepCount },
            state => trainer.Resume(state["step"]!.GetValue<long>()));
    }

    private static class PpoRun
    {
        public static Run Create()
        {
            var ppo = TinyPpo.Create();
            return new Run(ppo.Optimizer, step => ppo.Trainer().Step(TinySetup.Prompts(step)), ppo.State, ppo.Resume);
        }
    }
}
