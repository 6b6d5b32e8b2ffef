namespace PreferenceTuning.Rollouts;

/// <summary>How responses are drawn. The filters apply in the order of the fields, as in the transformers library.</summary>
public sealed record SamplingOptions
{
    /// <summary>Most tokens of a response. Default 64.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Factor on repeated tokens (Keskar et al. 2019, CTRL, section 4.1): positive logits divided, negative multiplied; 1 = off (default).
    /// Seen tokens are those of the prompt and of the response so far.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Divides the logits; 0 takes the most likely token. Default 1. Log-probs are those of this temperature (of temperature 1 where it is 0).</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Keeps the k most likely tokens; 0 = all (default).</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the smallest set of most likely tokens whose probability reaches p (Holtzman et al. 2020); 1 = all (default).</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Keeps tokens at least this fraction as likely as the most likely one; 0 = all (default).</summary>
    public double MinP { get; init; }

    /// <summary>A response ends with (and includes) one of these tokens. Empty: every response has <see cref="MaxNewTokens"/> tokens.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>A response ends with the token that completes one of these texts; needs an engine that was given a tokenizer.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Responses drawn for each prompt from one computation of the prompt. Default 1.</summary>
    public int ResponsesPerPrompt { get; init; } = 1;

    /// <summary>The token that fills the places beside prompts and after responses, of the model's vocabulary; masked out everywhere. Default 0.</summary>
    public int PadToken { get; init; }

    /// <summary>
    /// Most responses generated at the same time; more wait. Bounds the memory of the cache. The responses of one prompt stay together,
    /// so there are never fewer than <see cref="ResponsesPerPrompt"/> at once. Default 64.
    /// </summary>
    public int MaxConcurrent { get; init; } = 64;

    internal bool Filters => TopK > 0 || TopP < 1 || MinP > 0;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxNewTokens);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ResponsesPerPrompt);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxConcurrent);
        ArgumentOutOfRangeException.ThrowIfNegative(TopK);
        Between(Temperature, 0, double.MaxValue, nameof(Temperature), "0 (greedy) or above");
        Between(RepetitionPenalty, double.Epsilon, double.MaxValue, nameof(RepetitionPenalty), "above 0 (1 = off)");
        Between(TopP, double.Epsilon, 1, nameof(TopP), "above 0 and at most 1 (1 = off)");
        Between(MinP, 0, 1, nameof(MinP), "from 0 (off) to 1");
        if (StopStrings.Contains(""))
        {
            throw new ArgumentException("StopStrings has an empty text, which every response contains; leave it out.", nameof(StopStrings));
        }
    }

    private static void Between(double value, double low, double high, string name, string expected)
    {
        if (!(value >= low && value <= high))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {expected}.");
        }
    }
}
