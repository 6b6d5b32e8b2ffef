namespace PreferenceTuning.Feedback.Judgements;

/// <summary>How a model drew an answer. Null means not known, never "off".</summary>
public sealed record SamplingSettings
{
    /// <summary>Softmax temperature; 0 means greedy.</summary>
    public double? Temperature { get; init; }

    /// <summary>Nucleus mass, 0 to 1.</summary>
    public double? TopP { get; init; }

    /// <summary>Number of tokens kept per step.</summary>
    public int? TopK { get; init; }

    /// <summary>The most tokens that the answer could have.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The seed of the draw.</summary>
    public long? Seed { get; init; }
}

/// <summary>One of the things that were judged.</summary>
public sealed record Candidate
{
    /// <summary>Names the candidate inside its judgement; unique there. <c>a</c>, <c>b</c>, ... where the source names none.</summary>
    public required string Id { get; init; }

    /// <summary>What it says.</summary>
    public required Passage Text { get; init; }

    /// <summary>The model (or "human") that wrote it, or null where that is not known.</summary>
    public string? Model { get; init; }

    /// <summary>How it was drawn, or null where that is not known.</summary>
    public SamplingSettings? Sampling { get; init; }

    /// <summary>What the source says beyond that: name to JSON text.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = NoExtra;

    internal static IReadOnlyDictionary<string, string> NoExtra { get; } = new Dictionary<string, string>();

    /// <summary>The identifier of the candidate at a position where the source names none: a, b, ..., z, a1, b1, ...</summary>
    internal static string DefaultId(int position)
    {
        var letter = (char)('a' + (position % 26));
        return position < 26 ? letter.ToString() : FormattableString.Invariant($"{letter}{position / 26}");
    }
}
