using System.Text.Json.Nodes;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>What a test may want other than usual.</summary>
internal sealed record TinyPpoParts
{
    public PpoOptions Options { get; init; } = new() { Epochs = 2, MiniBatches = 2, Seed = 4 };

    public KlController Kl { get; init; } = new AdaptiveKlController(0.05, target: 1, horizon: 50);

    public IRewardFunction Reward { get; init; } = new TinyPpo.EvenShare();

    public Func<long, double> Rate { get; init; } = iteration => 0.01 / (1 + iteration);

    public PpoRecipe Recipe { get; init; } = PpoRecipe.Default;

    public SamplingOptions Sampling { get; init; } = TinySetup.Sampling;

    public IRolloutEngine? Engine { get; init; }

    public ScalarType Dtype { get; init; } = ScalarType.Float32;
}

/// <summary>A whole PPO run on a tiny model: the reward is the share of even tokens.</summary>
internal sealed class TinyPpo
{
    private readonly TinyPpoParts _parts;
    private PpoTrainer _trainer;

    private TinyPpo(TinyPpoParts parts)
    {
        _parts = parts;
        Policy = TinySetup.Policy(dtype: parts.Dtype);
        Reference = Policy.Frozen();
        Value = ValueModel.WithOwnTrunk(Policy.Decoder.CloneTrunk(), ScoreHead.Zero(Policy.Decoder));
        Optimizer = new AdamW([.. Policy.Parameters, .. Value.Parameters]);
        Controller = parts.Kl;
        _trainer = Compose();
    }

    public AdamW Optimizer { get; }

    public KlController Controller { get; private set; }

    public PolicyModel Policy { get; }

    public PolicyModel Reference { get; }

    public ValueModel Value { get; }

    public static TinyPpo Create(TinyPpoParts? parts = null) => new(parts ?? new TinyPpoParts());

    public PpoTrainer Trainer() => _trainer;

    public PpoMetrics Step(long iteration, int prompts = 6) => _trainer.Step(TinySetup.Prompts(iteration, prompts));

    public JsonObject State() => new()
    {
        ["iteration"] = _trainer.Iteration, ["episodes"] = _trainer.Episodes, ["klCoefficient"] = Controller.Coefficient,
    };

    public void Resume(JsonObject state)
    {
        Controller = new AdaptiveKlController(state["klCoefficient"]!.GetValue<double>(), target: 1, horizon: 50);
        _trainer = Compose();
        _trainer.Resume(state["iteration"]!.GetValue<long>(), state["episodes"]!.GetValue<long>());
    }

    private PpoTrainer Compose() => new(
        Policy,
        Reference,
        Value,
        _parts.Engine ?? new RolloutEngine(Policy, _parts.Sampling),
        _parts.Reward,
        Controller,
        Optimizer,
        _parts.Rate,
        _parts.Options,
        _parts.Recipe);

    /// <summary>The share of response tokens with an even id.</summary>
    internal sealed class EvenShare : IRewardFunction
    {
        public Tensor Score(RolloutBatch rollouts)
        {
            using var scope = NewDisposeScope();
            var even = rollouts.ResponseIds.remainder(2).eq(0).to(ScalarType.Float32);
            return Masked.Mean(even, rollouts.ResponseMask, 1).MoveToOuterDisposeScope();
        }
    }
}
