namespace PreferenceTuning.Feedback.Quality;

/// <summary>How bad it is.</summary>
public enum FindingSeverity
{
    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>Look at it before using the data.</summary>
    Warning,

    /// <summary>The data do not carry the conclusions that are usually drawn.</summary>
    Problem,
}

/// <summary>What a finding is about; for programs, as the sentence is for people.</summary>
public enum FindingKind
{
    /// <summary>There is nothing to judge.</summary>
    NoJudgements,

    /// <summary>Agreement beyond chance.</summary>
    Agreement,

    /// <summary>Too few items with several judgements.</summary>
    Overlap,

    /// <summary>Judgements faster than anyone reads.</summary>
    Speed,

    /// <summary>Accuracy on gold items.</summary>
    Gold,

    /// <summary>The same answer over and over.</summary>
    StraightLining,

    /// <summary>Choosing by side.</summary>
    Position,

    /// <summary>Another answer in the other order.</summary>
    Swap,

    /// <summary>A beats B beats C beats A.</summary>
    Cycles,

    /// <summary>Skipped judgements.</summary>
    Skipped,

    /// <summary>One annotator judged one item more than once.</summary>
    Repeats,

    /// <summary>Prompts, candidates or items that are the same or nearly so.</summary>
    Duplicates,

    /// <summary>Judgements that are not part of the report, or not known well enough.</summary>
    Reading,
}

/// <summary>Something that the report found.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Sentence">What was found, with its numbers.</param>
/// <param name="Annotators">The annotators on whom it rests; empty for all.</param>
/// <param name="Items">The items on which it rests; empty for all, at most 20 named.</param>
public sealed record QualityFinding(
    FindingKind Kind, FindingSeverity Severity, string Sentence, IReadOnlyList<string> Annotators, IReadOnlyList<string> Items);
