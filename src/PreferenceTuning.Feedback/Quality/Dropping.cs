using System.Globalization;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Quality;

/// <summary>A recorded decision to leave judgements out.</summary>
/// <param name="Reason">Why, in the words of whoever decided.</param>
/// <param name="Dropped">Number of judgements left out.</param>
/// <param name="Before">Number of judgements before.</param>
/// <param name="AnnotatorsBefore">Number of annotators before.</param>
/// <param name="AnnotatorsAfter">Number of annotators after.</param>
/// <param name="ItemsBefore">Number of items before.</param>
/// <param name="ItemsAfter">Number of items with a judgement after.</param>
/// <param name="AlphaBefore">Krippendorff's alpha before.</param>
/// <param name="AlphaAfter">Krippendorff's alpha after. Leaving out who disagrees raises it always; that alone is no reason.</param>
public sealed record DropRecord(
    string Reason, int Dropped, int Before, int AnnotatorsBefore, int AnnotatorsAfter, int ItemsBefore, int ItemsAfter,
    Statistic AlphaBefore, Statistic AlphaAfter)
{
    /// <summary>The decision in a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Dropped} of {Before} judgements left out ({Reason}): annotators {AnnotatorsBefore} to {AnnotatorsAfter}, items {ItemsBefore} to " +
        $"{ItemsAfter}, alpha {AlphaBefore} to {AlphaAfter}.");
}

/// <summary>What is kept, and the record of what is not.</summary>
/// <param name="Kept">The judgements that are kept, in their order.</param>
/// <param name="Record">The record.</param>
public sealed record DropResult(IReadOnlyList<QualityJudgement> Kept, DropRecord Record);

/// <summary>Leaving judgements out is an explicit step with a reason, a before and an after.</summary>
public static class Dropping
{
    /// <summary>Leaves out all judgements of some annotators.</summary>
    /// <exception cref="ArgumentException">An annotator has no judgement: most likely a misspelt name.</exception>
    public static DropResult Annotators(
        IReadOnlyList<QualityJudgement> judgements, IReadOnlyCollection<string> annotators, string reason, QualityOptions? options = null)
    {
        var names = annotators.ToHashSet(StringComparer.Ordinal);
        var missing = names.Except(judgements.Select(j => j.Annotator)).FirstOrDefault();
        return missing is null
            ? Where(judgements, j => names.Contains(j.Annotator), reason, options)
            : throw new ArgumentException($"There is no judgement of the annotator '{missing}'.", nameof(annotators));
    }

    /// <summary>Leaves out the judgements for which a condition holds.</summary>
    /// <param name="judgements">The judgements.</param>
    /// <param name="condition">Which to leave out.</param>
    /// <param name="reason">Why; not empty.</param>
    /// <param name="options">Options of the alpha in the record; null for the defaults.</param>
    public static DropResult Where(
        IReadOnlyList<QualityJudgement> judgements, Func<QualityJudgement, bool> condition, string reason, QualityOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        var kept = judgements.Where(j => !condition(j)).ToArray();
        return new(kept, new(
            reason, judgements.Count - kept.Length, judgements.Count, Count(judgements, j => j.Annotator), Count(kept, j => j.Annotator),
            Count(judgements, j => j.Item), Count(kept, j => j.Item), Alpha(judgements, options), Alpha(kept, options)));
    }

    private static int Count(IEnumerable<QualityJudgement> judgements, Func<QualityJudgement, string> key) =>
        judgements.Select(key).Distinct(StringComparer.Ordinal).Count();

    private static Statistic Alpha(IReadOnlyList<QualityJudgement> judgements, QualityOptions? options) =>
        new QualityAnalysis(judgements, (options ?? new()).Checked()).Alpha();
}
