using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Rollouts;

/// <summary>One response while it is being drawn.</summary>
internal sealed class ResponseBuffer
{
    private readonly SamplingOptions _options;
    private readonly ulong _seed;
    private readonly HashSet<int> _seen;

    public ResponseBuffer(Prompt prompt, ulong seed, SamplingOptions options)
    {
        _options = options;
        _seed = seed;
        _seen = options.RepetitionPenalty == 1 ? [] : [.. prompt.TokenIds];
        Tokens = new List<int>(options.MaxNewTokens);
        LogProbs = new List<float>(options.MaxNewTokens);
    }

    public List<int> Tokens { get; }

    public List<float> LogProbs { get; }

    public bool Finished { get; private set; }

    /// <summary>Draws the next token; reads only this buffer and the sampler, so that rows may be drawn at once.</summary>
    public SampledToken Draw(TokenSampler sampler, ReadOnlySpan<float> logits) =>
        sampler.Sample(logits, _seen, SampleRandom.Uniform(_seed, Tokens.Count));

    public void Add(SampledToken drawn, TextTokenizer? tokenizer)
    {
        Tokens.Add(drawn.Token);
        LogProbs.Add((float)drawn.LogProb);
        if (_options.RepetitionPenalty != 1)
        {
            _seen.Add(drawn.Token);
        }

        Finished = _options.StopTokens.Contains(drawn.Token) || EndsWithStopString(tokenizer);
    }

    private bool EndsWithStopString(TextTokenizer? tokenizer)
    {
        if (_options.StopStrings.Count == 0)
        {
            return false;
        }

        var text = tokenizer!.Decode(Tokens);
        return _options.StopStrings.Any(stop => text.Contains(stop, StringComparison.Ordinal));
    }
}
