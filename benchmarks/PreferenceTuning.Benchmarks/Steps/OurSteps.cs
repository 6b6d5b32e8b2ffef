using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;
using static PreferenceTuning.Benchmarks.Steps.StepSizes;

namespace PreferenceTuning.Benchmarks.Steps;

/// <summary>The steps with this library, as a user composes them.</summary>
internal static class OurSteps
{
    public static Action Decode(int newTokens, Device device)
    {
        var policy = Model(1, device);
        var engine = new RolloutEngine(policy, new SamplingOptions { MaxNewTokens = newTokens });
        ulong seed = 0;
        return () => engine.Generate(Prompts(seed++)).Dispose();
    }

    public static Action Supervised(Device device, int microBatchTokens)
    {
        var policy = Model(1, device);
        var trainer = new SftTrainer(
            policy, new AdamW(policy.Parameters), _ => 1e-5, new SftOptions { MicroBatchTokens = microBatchTokens });
        SupervisedExample[] batch = [.. Enumerable.Range(0, SupervisedRows).Select(i => new SupervisedExample(Tokens(SupervisedLength, i)))];
        return () => trainer.Step(batch);
    }

    public static Action Preference(Device device, int microBatchTokens)
    {
        var policy = Model(1, device);
        var trainer = new DpoTrainer(
            policy, policy.Frozen(), (p, r) => PreferenceLosses.Sigmoid(p, r, beta: 0.1), new AdamW(policy.Parameters), _ => 1e-5,
            new DpoOptions { MicroBatchTokens = microBatchTokens });
        PairExample[] batch =
        [
            .. Enumerable.Range(0, Pairs).Select(i => new PairExample(Tokens(PairPrompt, i), Tokens(PairResponse, i + 10), Tokens(PairResponse, i + 20))),
        ];
        return () => trainer.Step(batch);
    }

    public static Action Ppo(bool shared, Device device, int microBatchTokens)
    {
        var policy = Model(1, device);
        var reference = policy.Frozen();
        var reward = new RewardModelFunction(RewardModel.FromDecoder(policy.Decoder, seed: 3));
        var value = shared
            ? ValueModel.Attached(policy, ScoreHead.Zero(policy.Decoder))
            : ValueModel.WithOwnTrunk(policy.Decoder.CloneTrunk(), ScoreHead.Zero(policy.Decoder));
        var trainer = new PpoTrainer(
            policy, reference, value, new RolloutEngine(policy, new SamplingOptions { MaxNewTokens = NewTokens }), reward,
            new FixedKlController(0.05), new AdamW([.. policy.Parameters, .. value.Parameters]), _ => 1e-5,
            new PpoOptions { Epochs = Epochs, MicroBatchTokens = microBatchTokens });
        ulong seed = 0;
        return () => trainer.Step(Prompts(seed++));
    }

    private static PromptBatch Prompts(ulong seed) =>
        PromptBatch.Create([.. Enumerable.Range(0, Rows).Select(i => (IReadOnlyList<int>)Tokens(PromptLength, i))], seed);

    internal static PolicyModel Model(long seed, Device device) =>
        new(DecoderModel.Random(DecoderConfig.Gpt2(Vocabulary, Width, Layers, Heads, Context), seed, device: device));
}
