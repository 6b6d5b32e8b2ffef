using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Aggregation;

/// <summary>What several judgements of one pair of candidates say together.</summary>
public sealed record PreferenceVerdict
{
    /// <summary>The item, see <see cref="Judgement.ItemKey"/>.</summary>
    public required string Item { get; init; }

    /// <summary>What both candidates answer.</summary>
    public required Passage Prompt { get; init; }

    /// <summary>The better candidate; in a tie the one that stands first in the source.</summary>
    public required Candidate Chosen { get; init; }

    /// <summary>The other candidate.</summary>
    public required Candidate Rejected { get; init; }

    /// <summary>
    /// The probability that <see cref="Chosen"/> is better, 0.5 (a tie) to 1: the target of a reward loss with soft labels,
    /// <c>-p log sigmoid(margin) - (1 - p) log sigmoid(-margin)</c>.
    /// </summary>
    public required double SoftLabel { get; init; }

    /// <summary>Judgements for <see cref="Chosen"/>.</summary>
    public required int Wins { get; init; }

    /// <summary>Judgements for <see cref="Rejected"/>.</summary>
    public required int Losses { get; init; }

    /// <summary>Judgements that found both equal.</summary>
    public required int Ties { get; init; }

    /// <summary>How much better, on the scale of the judgements or of the strengths given, or null.</summary>
    public double? Margin { get; init; }

    /// <summary>Whether neither is better.</summary>
    public bool IsTie => SoftLabel == 0.5;

    /// <summary>How many judged.</summary>
    public int Judgements => Wins + Losses + Ties;
}

/// <summary>What aggregation brings.</summary>
/// <param name="Verdicts">One per pair of candidates that anybody compared, in the order of first appearance, ties kept.</param>
/// <param name="Report">Judgements that gave no comparison, by reason.</param>
public sealed record AggregationResult(IReadOnlyList<PreferenceVerdict> Verdicts, ConversionReport Report);
