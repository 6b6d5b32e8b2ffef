using PreferenceTuning.Models;
using PreferenceTuning.Rollouts;

namespace Opossum.Pipeline;

/// <summary>One answer of a model as text.</summary>
/// <param name="Text">Without the end token.</param>
/// <param name="Tokens">Its tokens, the end token included where there is one.</param>
internal sealed record Answer(string Text, IReadOnlyList<int> Tokens);

/// <summary>Lets a model answer prompts.</summary>
internal static class Answering
{
    /// <summary>Sampling as in training: temperature 1, nothing cut off.</summary>
    public static SamplingOptions Options(Codec codec, JobSettings settings, int perPrompt = 1) => new()
    {
        MaxNewTokens = settings.MaxNewTokens,
        StopTokens = codec.Stops,
        PadToken = codec.End,
        ResponsesPerPrompt = perPrompt,
        MaxConcurrent = 128,
    };

    /// <summary>For each prompt its answers.</summary>
    public static IReadOnlyList<IReadOnlyList<Answer>> Answer(
        PolicyModel model, Codec codec, JobSettings settings, IReadOnlyList<string> prompts, int perPrompt, ulong seed, CancellationToken cancellationToken)
    {
        var engine = new RolloutEngine(model, Options(codec, settings, perPrompt));
        using var rollouts = engine.Generate(PromptBatch.Create([.. prompts.Select(codec.Prompt)], seed), cancellationToken);
        return [.. Enumerable.Range(0, prompts.Count).Select(prompt => (IReadOnlyList<Answer>)
            [.. Enumerable.Range(prompt * perPrompt, perPrompt).Select(row =>
            {
                var tokens = rollouts.ResponseTokens(row);
                return new Answer(codec.Text(tokens), tokens);
            })])];
    }
}
