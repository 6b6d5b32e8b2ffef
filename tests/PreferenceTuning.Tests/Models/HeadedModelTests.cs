using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Models.Pretrained;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.ModelFiles;

[OneThread]
public sealed class HeadedModelTests
{
    private static readonly DecoderConfig Config = DecoderConfig.Gpt2(
        vocabularySize: 17, hiddenSize: 8, layers: 2, heads: 2, contextLength: 10);

    private static Tensor Ids => tensor(new long[] { 0, 0, 5, 6, 7, 1, 2, 3, 4, 5 }).view(2, 5);

    private static Tensor Mask => tensor(new[] { false, false, true, true, true, true, true, true, true, true }).view(2, 5);

    [Test]
    public void Log_probs_of_responses_are_those_of_the_softmax_and_zero_where_dropped()
    {
        using var scope = NewDisposeScope();
        var policy = new PolicyModel(DecoderModel.Random(Config, seed: 1, ScalarType.Float64));
        var responseMask = tensor(new[] { true, false, true, true }).view(2, 2);
        var result = policy.LogProbs(Ids, Mask, responseMask, temperature: 0.5);

        // Columns 3 and 4 are the responses; the states of columns 2 and 3 predict them.
        var logits = policy.Decoder.Hidden(Ids, Mask).matmul(policy.Decoder.Head.Weight.t()).div(0.5).log_softmax(-1);
        var expected = logits.narrow(1, 2, 2).gather(-1, Ids.narrow(1, 3, 2).unsqueeze(-1)).squeeze(-1);
        Assert.Multiple(() =>
        {
            Assert.That(result.LogProbs.sub(expected.mul(responseMask)).abs().max().item<double>(), Is.LessThan(1e-12));
            Assert.That(result.LogProbs[0, 1].item<double>(), Is.Zero);
            Assert.That(result.Entropies[0, 1].item<double>(), Is.Zero);
            Assert.That(result.LogProbs.requires_grad);
        });
    }

    [Test]
    public void A_batch_of_empty_responses_gives_zeros()
    {
        using var scope = NewDisposeScope();
        var policy = new PolicyModel(DecoderModel.Random(Config, seed: 1));
        var (logProbs, entropies) = policy.LogProbs(Ids, Mask, zeros(2, 2, dtype: ScalarType.Bool));
        Assert.That(logProbs.data<float>().ToArray().Concat(entropies.data<float>().ToArray()), Is.All.Zero);
        Assert.That(
            () => policy.LogProbs(Ids, Mask, ones(2, 5, dtype: ScalarType.Bool)),
            Throws.ArgumentException.With.Message.Contains("narrower"));
    }

    [Test]
    public void A_detached_value_head_does_not_move_the_policy_and_an_attached_one_does()
    {
        using var scope = NewDisposeScope();
        var policy = new PolicyModel(DecoderModel.Random(Config, seed: 2));
        var detached = ValueModel.Detached(policy, ScoreHead.Random(policy.Decoder, seed: 3, bias: true));
        detached.Values(Ids, Mask).sum().backward();
        Assert.That(policy.Parameters.All(parameter => parameter.Value.grad is null));
        Assert.That(
            detached.Parameters.Select(parameter => parameter.Name), Is.EqualTo(new[] { "value.score.weight", "value.score.bias" }));
        Assert.That(detached.Head.Parameters[1].Value.grad!.item<float>(), Is.EqualTo(10), "ten tokens, each with slope one");

        var attached = ValueModel.Attached(policy, ScoreHead.Random(policy.Decoder, seed: 3));
        attached.Values(Ids, Mask).sum().backward();
        Assert.That(policy.Parameters[0].Value.grad, Is.Not.Null);
        Assert.That(() => attached.SavePretrained("nowhere"), Throws.InvalidOperationException);
        attached.Dispose();
        Assert.That(policy.Decoder.Hidden(Ids, Mask).shape, Is.EqualTo(new long[] { 2, 5, 8 }), "a shared trunk outlives the value model");
    }

    [Test]
    public void A_value_head_begins_at_zero_and_comes_back_from_its_folder()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var trunk = DecoderModel.Random(Config, seed: 4).CloneTrunk();
        Assert.That(ValueModel.WithOwnTrunk(trunk, ScoreHead.Zero(trunk)).Values(Ids, Mask).abs().max().item<float>(), Is.Zero);

        var model = ValueModel.WithOwnTrunk(trunk, ScoreHead.Random(trunk, seed: 5, bias: true));
        model.SavePretrained(folder.Path);
        var again = ValueModel.FromPretrained(folder.Path);
        Assert.That(again.Values(Ids, Mask).sub(model.Values(Ids, Mask)).abs().max().item<float>(), Is.Zero);
        Assert.That(File.ReadAllText(folder.File("config.json")), Does.Contain("GPT2ForTokenClassification"));
    }

    [Test]
    public void A_reward_model_from_a_language_model_is_saved_as_a_classifier_with_one_label()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var language = DecoderModel.Random(Config with { TiedHead = false }, seed: 6);
        var reward = RewardModel.FromDecoder(language, seed: 7);
        reward.Normalize(observedMean: 2, observedDeviation: 4);
        reward.SavePretrained(folder.Path);
        var again = RewardModel.FromPretrained(folder.Path);
        var json = File.ReadAllText(folder.File("config.json"));
        Assert.Multiple(() =>
        {
            Assert.That(again.Scores(Ids, Mask).sub(reward.Scores(Ids, Mask)).abs().max().item<float>(), Is.Zero);
            Assert.That((again.Gain, again.Bias), Is.EqualTo((0.25, -0.5)));
            Assert.That(json, Does.Contain("GPT2ForSequenceClassification").And.Contain("LABEL_0").And.Not.Contain("LABEL_1"));
            Assert.That(again.Parameters.Select(parameter => parameter.Name), Has.Member("score.weight").And.No.Member("lm_head.weight"));
            Assert.That(again.Trunk.UnusedTensors, Is.Empty);
        });
    }

    [Test]
    public void Normalised_scores_have_the_wanted_mean_and_deviation_even_twice()
    {
        using var scope = NewDisposeScope();
        var reward = RewardModel.FromDecoder(DecoderModel.Random(Config, seed: 8, ScalarType.Float64), seed: 9);
        var raw = reward.Scores(Ids, Mask).data<double>().ToArray();

        // Two scores a, b have mean (a + b) / 2 and population deviation |a - b| / 2, so they become -1 and 1, then 4 and 6.
        reward.Normalize(raw.Average(), Math.Abs(raw[0] - raw[1]) / 2);
        Assert.That(reward.Scores(Ids, Mask).data<double>().ToArray().Order(), Is.EqualTo(new[] { -1.0, 1.0 }).Within(1e-9));
        reward.Normalize(observedMean: 0, observedDeviation: 1, mean: 5);
        Assert.That(reward.Scores(Ids, Mask).data<double>().ToArray().Order(), Is.EqualTo(new[] { 4.0, 6.0 }).Within(1e-9));
        Assert.That(() => reward.Normalize(1, 0), Throws.ArgumentException.With.Message.Contains("Equal scores"));
        Assert.That(() => reward.Normalize(double.NaN, 1), Throws.ArgumentException);
    }

    [Test]
    public void A_row_without_tokens_cannot_be_scored()
    {
        using var scope = NewDisposeScope();
        var reward = RewardModel.FromDecoder(DecoderModel.Random(Config, seed: 10), seed: 11);
        Assert.That(
            () => reward.Scores(Ids, zeros(2, 5, dtype: ScalarType.Bool)), Throws.ArgumentException.With.Message.Contains("no token"));
    }

    [Test]
    public void The_wrong_kind_of_folder_is_named_with_the_remedy()
    {
        using var scope = NewDisposeScope();
        using var language = new TemporaryFolder();
        using var steps = new TemporaryFolder();
        var decoder = DecoderModel.Random(Config, seed: 12);
        decoder.SavePretrained(language.Path);
        new StepRewardModel(decoder, ScoreHead.Random(decoder, seed: 1, labels: 2)).SavePretrained(steps.Path);
        var trunk = RewardModel.FromDecoder(decoder, seed: 1).Trunk;
        Assert.Multiple(() =>
        {
            Assert.That(
                () => RewardModel.FromPretrained(language.Path),
                Throws.TypeOf<ModelFileException>().With.Message.Contains("RewardModel.FromDecoder"));
            Assert.That(
                () => RewardModel.FromPretrained(steps.Path), Throws.TypeOf<ModelFileException>().With.Message.Contains("StepRewardModel"));
            Assert.That(() => trunk.SavePretrained(language.Path), Throws.InvalidOperationException.With.Message.Contains("trunk"));
            Assert.That(StepRewardModel.FromPretrained(steps.Path).Logits(Ids, Mask).shape, Is.EqualTo(new long[] { 2, 5, 2 }));
        });
    }

    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.BFloat16)]
    [TestCase(ScalarType.Float64)]
    public void A_batch_of_empty_responses_gives_zeros_of_the_usual_type_with_a_gradient(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var policy = new PolicyModel(DecoderModel.Random(Config, seed: 1, dtype));
        var usual = policy.LogProbs(Ids, Mask, ones(2, 2, dtype: ScalarType.Bool));
        foreach (var width in new[] { 2, 0 })
        {
            var empty = policy.LogProbs(Ids, Mask, zeros(2, width, dtype: ScalarType.Bool));
            Assert.That((empty.LogProbs.dtype, empty.Entropies.dtype), Is.EqualTo((usual.LogProbs.dtype, usual.Entropies.dtype)));
            Assert.That(empty.LogProbs.shape, Is.EqualTo(new long[] { 2, width }));
            Assert.That(empty.LogProbs.eq(0).all().item<bool>() && empty.Entropies.eq(0).all().item<bool>());
            CheckedBackward.Run(empty.LogProbs.sum());
            Assert.That(policy.Parameters.All(parameter => parameter.Value.grad is not { } gradient || gradient.eq(0).all().item<bool>()));
        }
    }

    [Test]
    public void Rows_with_nothing_to_learn_have_the_sum_zero_and_gradients_of_zero()
    {
        using var scope = NewDisposeScope();
        using var policy = new PolicyModel(DecoderModel.Random(Config, seed: 1));
        var nothing = zeros(2, 3, dtype: ScalarType.Bool);
        var result = policy.WeightedLogProbs(Ids, Mask, nothing, weight: 1);
        CheckedBackward.Run(result.Sum);
        Assert.That(result.Sum.item<float>(), Is.Zero);
        Assert.That(result.LogProbs.numel(), Is.Zero);
        Assert.That(policy.Parameters.All(parameter => parameter.Value.grad is not { } gradient || gradient.eq(0).all().item<bool>()));
        Assert.That(policy.LogProbs(Ids, Mask, nothing).LogProbs.eq(0).all().item<bool>());
    }
}
