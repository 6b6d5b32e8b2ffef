using PreferenceTuning.Models;
using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Rollouts;

/// <summary>
/// What an engine has to give: one response alone, the whole sequence computed anew for each token; no cache, batch or padding.
/// </summary>
internal static class SlowSampler
{
    public static (int[] Tokens, float[] LogProbs) Draw(PolicyModel policy, Prompt prompt, int response, SamplingOptions options)
    {
        using var inference = no_grad();
        var sampler = new TokenSampler(options, policy.Config.VocabularySize);
        var seed = SampleRandom.Mix(prompt.Seed, (ulong)response);
        var sequence = prompt.TokenIds.ToList();
        var logProbs = new List<float>();
        for (var step = 0; step < options.MaxNewTokens; step++)
        {
            var drawn = sampler.Sample(NextLogits(policy, sequence), sequence.ToHashSet(), SampleRandom.Uniform(seed, step));
            sequence.Add(drawn.Token);
            logProbs.Add((float)drawn.LogProb);
            if (options.StopTokens.Contains(drawn.Token))
            {
                break;
            }
        }

        return ([.. sequence.Skip(prompt.TokenIds.Count)], [.. logProbs]);
    }

    private static float[] NextLogits(PolicyModel policy, List<int> sequence)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(sequence.Select(id => (long)id).ToArray()).unsqueeze(0);
        var hidden = policy.Decoder.Hidden(ids).select(1, sequence.Count - 1);
        return policy.Decoder.Head.Logits(hidden).to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }
}
