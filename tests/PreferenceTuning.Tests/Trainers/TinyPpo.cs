using System.Text.Json.Nodes;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>A whole PPO run on a tiny model: the reward is the share of even tokens.</summary>
internal sealed class TinyPpo
{
    private readonly PolicyModel _policy = TinySetup.Policy();
    private readonly PolicyModel _reference;
    private readonly ValueModel _value;
    private readonly PpoOptions _options;
    private PpoTrainer _trainer;

    private TinyPpo(PpoOptions options, KlController kl)
    {
        _options = options;
        _reference = _policy.Frozen();
        _value = ValueModel.WithOwnTrunk(_policy.Decoder.CloneTrunk(), ScoreHead.Zero(_policy.Decoder));
        Optimizer = new AdamW([.. _policy.Parameters, .. _value.Parameters]);
        Controller = kl;
        _trainer = Compose();
    }

    public AdamW Optimizer { get; }

    public KlController Controller { get; private set; }

    public PolicyModel Policy => _policy;

    public PolicyModel Reference => _reference;

    public static TinyPpo Create(PpoOptions? options = null, KlController? kl = null) =>
        new(options ?? new PpoOptions { Epochs = 2, MiniBatches = 2, Seed = 4 }, kl ?? new AdaptiveKlController(0.05, target: 1, horizon: 50));

    public PpoTrainer Trainer() => _trainer;

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
        _policy, _reference, _value, new RolloutEngine(_policy, TinySetup.Sampling), new EvenShare(), Controller, Optimizer, step => 0.01 / (1 + step), _options);

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
