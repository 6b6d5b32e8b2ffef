namespace PreferenceTuning.Feedback.Quality;

/// <summary>
/// What the quality report needs to know about one judgement. Judgements of one annotator stand in the order in which they were made.
/// </summary>
public sealed record QualityJudgement
{
    /// <summary>The prompt; judgements of one prompt are not independent.</summary>
    public required string Prompt { get; init; }

    /// <summary>What was judged (the pair, the answer), whatever the order on the screen.</summary>
    public required string Item { get; init; }

    /// <summary>Who judged, preferably a pseudonym.</summary>
    public required string Annotator { get; init; }

    /// <summary>
    /// The answer, in words that mean the same for every item (<c>first</c>, <c>second</c>, <c>tie</c>; a rating); null where skipped.
    /// </summary>
    public string? Label { get; init; }

    /// <summary>The answer that is known to be right; null for items without.</summary>
    public string? GoldLabel { get; init; }

    /// <summary>Time from showing to submitting; null where unknown.</summary>
    public double? Seconds { get; init; }

    /// <summary>Words shown, see <see cref="Statistics.WordCount"/>; null where unknown.</summary>
    public double? Words { get; init; }

    /// <summary>Place on the screen of what was chosen, 0 for the first; null where undecided or unknown.</summary>
    public int? ChosenPosition { get; init; }

    /// <summary>Whether the item's second candidate stood first; null where unknown.</summary>
    public bool? Swapped { get; init; }

    /// <summary>What competes as the first candidate (a model, an answer); null where nothing does.</summary>
    public string? FirstCandidate { get; init; }

    /// <summary>What competes as the second candidate.</summary>
    public string? SecondCandidate { get; init; }

    /// <summary>0 the first candidate won, 1 the second, 2 a tie; null where not a comparison or skipped.</summary>
    public int? Winner { get; init; }
}
