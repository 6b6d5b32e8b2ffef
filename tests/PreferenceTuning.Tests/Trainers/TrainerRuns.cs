using System.Text.Json.Nodes;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Trainers;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>A run that can be stepped, saved and continued.</summary>
internal sealed record TrainerRun(AdamW Optimizer, Action<long, CancellationToken> Step, Func<JsonObject> State, Action<JsonObject> Resume);

/// <summary>A tiny run of every trainer.</summary>
internal static class TrainerRuns
{
    public static readonly IReadOnlyDictionary<string, Func<TrainerRun>> Kinds = new Dictionary<string, Func<TrainerRun>>
    {
        ["sft"] = Sft,
        ["reward"] = Reward,
        ["dpo"] = Dpo,
        ["ppo"] = Ppo,
    };

    public static TrainerRun Create(string kind) => Kinds[kind]();

    /// <summary>Every bit of every parameter.</summary>
    public static string Bits(AdamW optimizer) =>
        string.Concat(optimizer.Parameters.Select(parameter => Convert.ToHexString(parameter.Value.detach().contiguous().bytes)));

    // A rate that depends on the step, so that a forgotten counter shows.
    private static double Rate(long step) => 0.02 / (1 + step);

    private static int[] Tokens(long step, int salt, int count) =>
        [.. Enumerable.Range(0, count).Select(i => 2 + (int)(((step * 7) + (salt * 5) + (i * 3)) % 20))];

    private static TrainerRun Sft()
    {
        var model = TinySetup.Policy();
        var optimizer = new AdamW(model.Parameters);
        var trainer = new SftTrainer(model, optimizer, Rate);
        return new TrainerRun(
            optimizer,
            (step, _) => trainer.Step([new(Tokens(step, 1, 6)), new(Tokens(step, 2, 9), LearnFrom: 3)]),
            () => new JsonObject { ["step"] = trainer.StepCount },
            state => trainer.Resume(state["step"]!.GetValue<long>()));
    }

    private static TrainerRun Reward()
    {
        using var policy = TinySetup.Policy();
        var model = RewardModel.FromDecoder(policy.Decoder, seed: 5);
        var optimizer = new AdamW(model.Parameters);
        var trainer = new RewardTrainer(model, RankingLosses.PlackettLuce(centering: 0.01), optimizer, Rate);
        return new TrainerRun(
            optimizer,
            (step, _) => trainer.Step(
                [new([Tokens(step, 1, 5), Tokens(step, 2, 7), Tokens(step, 3, 4)], [0, 1, 1]), new([Tokens(step, 4, 5), Tokens(step, 5, 5)], [1, 0])]),
            () => new JsonObject { ["step"] = trainer.StepCount },
            state => trainer.Resume(state["step"]!.GetValue<long>()));
    }

    private static TrainerRun Dpo()
    {
        var model = TinySetup.Policy();
        var optimizer = new AdamW(model.Parameters);
        var trainer = new DpoTrainer(model, model.Frozen(), (p, r) => PreferenceLosses.Sigmoid(p, r, beta: 0.1), optimizer, Rate);
        return new TrainerRun(
            optimizer,
            (step, _) => trainer.Step(
                [new(Tokens(step, 1, 3), Tokens(step, 2, 4), Tokens(step, 3, 6)), new(Tokens(step, 4, 4), Tokens(step, 5, 3), Tokens(step, 6, 2))]),
            () => new JsonObject { ["step"] = trainer.StepCount },
            state => trainer.Resume(state["step"]!.GetValue<long>()));
    }

    private static TrainerRun Ppo()
    {
        var ppo = TinyPpo.Create();
        return new TrainerRun(ppo.Optimizer, (step, cancel) => ppo.Trainer().Step(TinySetup.Prompts(step), cancel), ppo.State, ppo.Resume);
    }
}
