using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Trainers;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

[OneThread]
public sealed class PackedPairsTests
{
    private static readonly DecoderConfig[] Configs =
    [
        DecoderConfig.Gpt2(vocabularySize: 24, hiddenSize: 16, layers: 2, heads: 2, contextLength: 12) with { InitializerRange = 0.3 },
        DecoderConfig.Llama(vocabularySize: 24, hiddenSize: 16, layers: 2, heads: 4, keyValueHeads: 2, feedForwardSize: 12, contextLength: 32) with { InitializerRange = 0.3 },
    ];

    private static readonly PairExample[] Pairs =
    [
        new([3, 4, 5, 6], [7, 8, 1], [9, 10, 11, 12, 1]),
        new([2], [13, 1], [14]),
        new([15, 16, 17, 18, 19, 20, 21], [22, 23, 2, 1], [5, 1]),
    ];

    [TestCaseSource(nameof(Configs))]
    public void A_prompt_computed_once_for_both_responses_gives_the_sums_and_gradients_of_two_rows(DecoderConfig config)
    {
        using var scope = NewDisposeScope();
        using var model = new PolicyModel(DecoderModel.Random(config, seed: 5, ScalarType.Float64));
        Assert.That(model.Decoder.TakesSegments, Is.True);
        var (packed, packedGradients) = SumsAndGradients(model, PairForward.Sums);
        var (rows, rowGradients) = SumsAndGradients(model, PairForward.SumsOfRows);
        Assert.That((packed - rows).abs().max().item<double>(), Is.LessThan(1e-10));
        Assert.That(
            packedGradients.Zip(rowGradients).Max(pair => (pair.First - pair.Second).abs().max().item<double>()), Is.LessThan(1e-10));
        Assert.That(
            packedGradients.Max(gradient => gradient.abs().max().item<double>()), Is.GreaterThan(0.1), "there is a gradient to compare");
    }

    [Test]
    public void Token_counts_are_those_of_the_responses()
    {
        using var scope = NewDisposeScope();
        using var model = new PolicyModel(DecoderModel.Random(Configs[0], seed: 5));
        var sums = PairForward.Sums(model, Pairs);
        Assert.That(sums.ChosenTokens.data<long>().ToArray(), Is.EqualTo(new long[] { 3, 2, 4 }));
        Assert.That(sums.RejectedTokens.data<long>().ToArray(), Is.EqualTo(new long[] { 5, 1, 2 }));
    }

    // Positions are restarted for each response, so that the third pair (13 tokens in its row) fits a context of 12.
    [Test]
    public void A_row_may_be_longer_than_the_context_where_each_text_fits()
    {
        using var scope = NewDisposeScope();
        using var model = new PolicyModel(DecoderModel.Random(Configs[0], seed: 5));
        Assert.That(PairForward.Tokens(model, Pairs[2]), Is.EqualTo(13));
        Assert.That(PairForward.Sums(model, Pairs).Chosen.isfinite().all().item<bool>(), Is.True);
    }

    [Test]
    public void A_model_that_measures_distances_in_columns_keeps_a_row_for_each_response()
    {
        using var model = new PolicyModel(
            DecoderModel.Random(Configs[1] with { Family = "mistral", Window = 2, WindowLayers = [true, false] }, seed: 5));
        Assert.That(model.Decoder.TakesSegments, Is.False);
        Assert.That(PairForward.Tokens(model, Pairs[0]), Is.EqualTo(18));
    }

    private static (Tensor Sums, Tensor[] Gradients) SumsAndGradients(
        PolicyModel model, Func<PolicyModel, IReadOnlyList<PairExample>, PreferenceTuning.Losses.PairLogProbs> compute)
    {
        foreach (var (_, value) in model.Parameters)
        {
            value.grad = null;
        }

        var sums = compute(model, Pairs);
        var both = cat([sums.Chosen, sums.Rejected]);
        both.mul(arange(1, 7, dtype: ScalarType.Float64)).sum().backward();
        return (both.detach(), [.. model.Parameters.Select(parameter => parameter.Value.grad!.clone())]);
    }
}
