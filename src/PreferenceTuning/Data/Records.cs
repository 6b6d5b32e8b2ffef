namespace PreferenceTuning.Data;

/// <summary>A prompt alone: what a rollout starts from. TRL calls the layout "prompt-only".</summary>
/// <param name="Prompt">What the model is asked.</param>
public sealed record PromptExample(TextOrMessages Prompt)
{
    /// <summary>The tools that the prompt offers to the model, as the text of one JSON array, or null: the <c>tools</c> column.</summary>
    public string? ToolsJson { get; init; }
}

/// <summary>A prompt and the response to imitate. TRL calls the layout "prompt-completion".</summary>
/// <param name="Prompt">What the model is asked; empty for running text, all of which is learned.</param>
/// <param name="Response">What it should answer.</param>
public sealed record Demonstration(TextOrMessages Prompt, TextOrMessages Response)
{
    /// <summary>The tools that the prompt offers to the model, as the text of one JSON array, or null: the <c>tools</c> column.</summary>
    public string? ToolsJson { get; init; }
}

/// <summary>Two responses to one prompt, and which of them was preferred.</summary>
/// <param name="Prompt">What the model was asked.</param>
/// <param name="Chosen">The preferred response.</param>
/// <param name="Rejected">The other one.</param>
public sealed record PreferencePair(TextOrMessages Prompt, TextOrMessages Chosen, TextOrMessages Rejected)
{
    private readonly double? _margin;
    private readonly double? _chosenProbability;

    /// <summary>
    /// By how much the chosen response should score higher (reward units), or null where nobody said.
    /// Touvron et al. 2023, arXiv:2307.09288, eq. 2; TRL's <c>margin</c> column. Finite.
    /// </summary>
    public double? Margin
    {
        get => _margin;
        init => _margin = value is { } margin && !double.IsFinite(margin)
            ? throw new ArgumentOutOfRangeException(nameof(Margin), margin, "'Margin' must be a finite number.")
            : value;
    }

    /// <summary>
    /// The soft label: the probability that <see cref="Chosen"/> is the better one, from 0 to 1, as an aggregate of several
    /// annotators gives it (a tie is 0.5); null means that the preference is taken as certain.
    /// </summary>
    public double? ChosenProbability
    {
        get => _chosenProbability;
        init => _chosenProbability = value is { } probability && !(probability is >= 0 and <= 1)
            ? throw new ArgumentOutOfRangeException(nameof(ChosenProbability), probability, "'ChosenProbability' must lie between 0 and 1.")
            : value;
    }

    /// <summary>The tools that the prompt offers to the model, as the text of one JSON array, or null: the <c>tools</c> column.</summary>
    public string? ToolsJson { get; init; }
}

/// <summary>One response and a verdict, without a second response. TRL calls the layout "unpaired preference" (KTO).</summary>
/// <param name="Prompt">What the model was asked.</param>
/// <param name="Response">What it answered.</param>
/// <param name="Desirable">True for thumbs up, false for thumbs down: the <c>label</c> column.</param>
public sealed record UnpairedPreference(TextOrMessages Prompt, TextOrMessages Response, bool Desirable)
{
    /// <summary>The tools that the prompt offers to the model, as the text of one JSON array, or null: the <c>tools</c> column.</summary>
    public string? ToolsJson { get; init; }
}
