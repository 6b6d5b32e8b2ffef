using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>A model of a few thousand parameters, and prompts for it.</summary>
internal static class TinySetup
{
    public const int End = 1;

    public static PolicyModel Policy(long seed = 3, int vocabulary = 24, ScalarType dtype = ScalarType.Float32) => new(DecoderModel.Random(
        DecoderConfig.Gpt2(vocabulary, hiddenSize: 16, layers: 2, heads: 2, contextLength: 32) with { InitializerRange = 0.3 }, seed, dtype));

    public static PromptBatch Prompts(long iteration, int count = 6) => PromptBatch.Create(
        [.. Enumerable.Range(0, count).Select(i => (IReadOnlyList<int>)[.. Enumerable.Range(0, 2 + (i % 3)).Select(k => 2 + ((i + k + (int)iteration) % 20))])],
        seed: 11,
        firstEpisode: iteration * count);

    public static SamplingOptions Sampling => new() { MaxNewTokens = 6, StopTokens = [End] };

    /// <summary>Every number of every parameter, in order.</summary>
    public static double[] Numbers(IEnumerable<NamedParameter> parameters, Func<Tensor, Tensor?>? pick = null)
    {
        using var scope = NewDisposeScope();
        return [.. parameters.Select(parameter => (pick ?? (value => value))(parameter.Value)).OfType<Tensor>()
            .SelectMany(value => value.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray())];
    }
}
