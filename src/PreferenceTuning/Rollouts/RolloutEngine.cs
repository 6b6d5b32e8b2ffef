using PreferenceTuning.Models;
using PreferenceTuning.Tokenization;
using static TorchSharp.torch;

namespace PreferenceTuning.Rollouts;

/// <summary>
/// Answers prompts with a policy that is in memory: a prompt is computed once for all its responses, keys and values are
/// kept in a preallocated cache, and rows that have finished leave the batch. A response depends on its prompt and its seed
/// only, not on the batch it was drawn in (up to the rounding of matrix products of another shape).
/// </summary>
public sealed class RolloutEngine : IRolloutEngine
{
    private readonly PolicyModel _policy;
    private readonly TextTokenizer? _tokenizer;
    private readonly SamplingOptions _options;

    /// <param name="policy">Read at each call, so an updated policy answers with its new weights.</param>
    /// <param name="options">How to draw.</param>
    /// <param name="tokenizer">Needed for stop strings only.</param>
    /// <exception cref="ArgumentException">Options out of range, a token that the model does not know, or stop strings without a tokenizer.</exception>
    public RolloutEngine(PolicyModel policy, SamplingOptions options, TextTokenizer? tokenizer = null)
    {
        options.Validate();
        if (options.StopStrings.Count > 0 && tokenizer is null)
        {
            throw new ArgumentException("Stop strings need a tokenizer to see the text; pass one, or use StopTokens.", nameof(tokenizer));
        }

        var vocabulary = policy.Config.VocabularySize;
        foreach (var (id, name) in options.StopTokens.Select(id => (id, nameof(options.StopTokens))).Append((options.PadToken, nameof(options.PadToken))))
        {
            if (id < 0 || id >= vocabulary)
            {
                throw new ArgumentException(
                    $"{name} has the token {id}, but the model's vocabulary has {vocabulary} entries; use the tokenizer that belongs to the model.", nameof(options));
            }
        }

        _policy = policy;
        _options = options;
        _tokenizer = tokenizer;
    }

    /// <inheritdoc/>
    public RolloutBatch Generate(PromptBatch prompts, CancellationToken cancellationToken = default)
    {
        Validate(prompts);
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var responses = new ResponseBuffer[prompts.Prompts.Count * _options.ResponsesPerPrompt];
        foreach (var group in Groups(prompts))
        {
            GenerateGroup(prompts, group, responses, cancellationToken);
        }

        return RolloutAssembly.Assemble(prompts, responses, _options, _policy.Decoder.Device).MoveToOuterScope();
    }

    /// <summary>Prompts of similar length are computed together, so that little padding is.</summary>
    private IEnumerable<int[]> Groups(PromptBatch prompts)
    {
        var perGroup = Math.Max(1, _options.MaxConcurrent / _options.ResponsesPerPrompt);
        return Enumerable.Range(0, prompts.Prompts.Count)
            .OrderBy(i => prompts.Prompts[i].TokenIds.Count)
            .Chunk(perGroup);
    }

    private void GenerateGroup(PromptBatch prompts, int[] group, ResponseBuffer[] responses, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var state = Prefill(prompts, group, responses);
        using var samplers = new ThreadLocal<TokenSampler>(() => new TokenSampler(_options, _policy.Config.VocabularySize));
        for (var step = 0; ; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            state.Draw(samplers, _tokenizer);
            if (!state.DropFinished() || step == _options.MaxNewTokens - 1)
            {
                return;
            }

            state.Advance(_policy);
        }
    }

    private DecodeState Prefill(PromptBatch prompts, int[] group, ResponseBuffer[] responses)
    {
        var rows = new List<ResponseBuffer>(group.Length * _options.ResponsesPerPrompt);
        foreach (var prompt in group)
        {
            for (var k = 0; k < _options.ResponsesPerPrompt; k++)
            {
                var buffer = new ResponseBuffer(prompts.Prompts[prompt], SampleRandom.Mix(prompts.Prompts[prompt].Seed, (ulong)k), _options);
                responses[(prompt * _options.ResponsesPerPrompt) + k] = buffer;
                rows.Add(buffer);
            }
        }

        return DecodeState.Prefill(_policy, [.. group.Select(i => prompts.Prompts[i])], rows, _options);
    }

    private void Validate(PromptBatch prompts)
    {
        if (prompts.Prompts.Count == 0)
        {
            throw new ArgumentException("The batch has no prompts; give it at least one.", nameof(prompts));
        }

        for (var i = 0; i < prompts.Prompts.Count; i++)
        {
            var length = prompts.Prompts[i].TokenIds.Count;
            if (length == 0)
            {
                throw new ArgumentException($"Prompt {i} has no tokens; begin it with the model's start token.", nameof(prompts));
            }

            if (_policy.Config.ContextLength is var context && length + _options.MaxNewTokens > context)
            {
                throw new ArgumentException(
                    $"Prompt {i} has {length} tokens and {_options.MaxNewTokens} more were asked for, but the model's context is {context}; " +
                    "shorten the prompt or MaxNewTokens.",
                    nameof(prompts));
            }

            foreach (var unknown in prompts.Prompts[i].TokenIds.Where(id => id < 0 || id >= _policy.Config.VocabularySize))
            {
                throw new ArgumentException(
                    $"Prompt {i} has the token {unknown}, but the model's vocabulary has {_policy.Config.VocabularySize} entries; " +
                    "use the tokenizer that belongs to the model.",
                    nameof(prompts));
            }
        }
    }
}
