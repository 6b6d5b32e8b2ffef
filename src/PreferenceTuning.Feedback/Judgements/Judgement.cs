using System.Globalization;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>What was asked.</summary>
public enum JudgementKind
{
    /// <summary>Which of two is better.</summary>
    Pairwise,

    /// <summary>The order of three or more.</summary>
    Ranking,

    /// <summary>Numbers.</summary>
    Rating,

    /// <summary>Categories.</summary>
    Label,

    /// <summary>A better version of a shown answer.</summary>
    TextEdit,

    /// <summary>An answer written from nothing.</summary>
    Demonstration,
}

/// <summary>Who judged.</summary>
public enum AnnotatorKind
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>One person.</summary>
    Person,

    /// <summary>A model.</summary>
    Model,

    /// <summary>Several people's judgements that the source has already merged (votes, averaged ranks).</summary>
    Aggregate,
}

/// <summary>What a reader noticed about a judgement and a user should know before training on it.</summary>
public enum JudgementFlag
{
    /// <summary>The ranking equals the displayed order: agreement or no work at all.</summary>
    UntouchedOrder,

    /// <summary>The answer holds a value that the question does not offer, so no preference was taken from it.</summary>
    UnknownValue,

    /// <summary>Not every candidate was ranked.</summary>
    PartialRanking,

    /// <summary>Submitted without an answer.</summary>
    EmptyAnswer,

    /// <summary>A model's answer was shown first and was submitted unchanged.</summary>
    PredictionAccepted,

    /// <summary>A model's answer was shown first and was changed.</summary>
    PredictionChanged,

    /// <summary>Candidates cannot be told apart in the answer (missing or equal identifiers).</summary>
    AmbiguousCandidates,

    /// <summary>The two sides differ in more than the final answer.</summary>
    DivergesBeforeFinalTurn,

    /// <summary>A candidate is empty.</summary>
    EmptyCandidate,

    /// <summary>A candidate or prompt was not text in the source and was turned into text.</summary>
    NotText,

    /// <summary>The person put the answer away as a draft or threw it away.</summary>
    NotSubmitted,
}

/// <summary>Where a judgement was read.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Sha256">SHA-256 of the (unpacked) file, or null where it is not known.</param>
/// <param name="Line">The line, from 1, in files of lines; otherwise the record's number, from 1.</param>
public sealed record SourceReference(string File, string? Sha256 = null, long? Line = null);

/// <summary>
/// What one annotator said about one item: the record that every format here is read into and written from. Every property that may
/// be null means "not known" when it is.
/// </summary>
public sealed record Judgement
{
    internal const string ChosenProbabilityColumn = "chosen_probability";

    /// <summary>The judgement's own identifier in its source (an annotation's number), or null.</summary>
    public string? Id { get; init; }

    /// <summary>The identifier of what was judged (a task, a comparison), or null; see <see cref="ItemKey"/>.</summary>
    public string? Item { get; init; }

    /// <summary>What the candidates answer.</summary>
    public required Passage Prompt { get; init; }

    /// <summary>What was judged, in the source's order; empty for a demonstration.</summary>
    public IReadOnlyList<Candidate> Candidates { get; init; } = [];

    /// <summary>Who judged, as the source names them, or null.</summary>
    public string? Annotator { get; init; }

    /// <summary>Whether a person, a model or a merger of several judged.</summary>
    public AnnotatorKind AnnotatorKind { get; init; }

    /// <summary>What was asked.</summary>
    public JudgementKind Kind { get; init; }

    /// <summary>Candidate identifiers in the order in which they were shown, first or left first, or null.</summary>
    public IReadOnlyList<string>? Shown { get; init; }

    /// <summary>
    /// Candidate identifiers, best first; those inside one inner list are tied. Candidates that were not ranked are in none: nothing is
    /// known of them, but that a single ranked candidate is better than each of the others ("which is best?", see
    /// <see cref="IsPickOfBest"/>). Null where there is no preference: skipped, not answered, or another kind of question.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>>? Ranking { get; init; }

    /// <summary>How much better the first is than the last on the source's own scale, or null.</summary>
    public double? Margin { get; init; }

    /// <summary>
    /// The soft label of a preference that others have aggregated: the probability that the first of two is better, which the source
    /// has in <see cref="Extra"/> under <c>chosen_probability</c>; or null.
    /// </summary>
    public double? ChosenProbability =>
        Extra.TryGetValue(ChosenProbabilityColumn, out var json)
            && double.TryParse(json, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1 ? value : null;

    /// <summary>How sure the annotator was on the source's own scale, or null.</summary>
    public double? Confidence { get; init; }

    /// <summary>Numbers given.</summary>
    public IReadOnlyList<Rating> Ratings { get; init; } = [];

    /// <summary>Categories chosen.</summary>
    public IReadOnlyList<Label> Labels { get; init; } = [];

    /// <summary>Texts written.</summary>
    public IReadOnlyList<TextAnswer> Texts { get; init; } = [];

    /// <summary>The annotator declined to judge.</summary>
    public bool Skipped { get; init; }

    /// <summary>A reference judgement that others are measured against.</summary>
    public bool Gold { get; init; }

    /// <summary>Working time, seconds, or null.</summary>
    public double? Seconds { get; init; }

    /// <summary>The version of the instructions that the annotator had, or null.</summary>
    public string? InstructionVersion { get; init; }

    /// <summary>When the judgement was made, or null.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When the judgement was last changed, or null.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>What a reader noticed.</summary>
    public IReadOnlyList<JudgementFlag> Flags { get; init; } = [];

    /// <summary>Which file of another form the judgement was read from; null where it was made in this library's own form.</summary>
    public SourceReference? Source { get; init; }

    /// <summary>What the source says beyond that: name to JSON text.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = Candidate.NoExtra;

    /// <summary>Whether all candidates were judged equal.</summary>
    public bool IsTie => Ranking is [{ Count: > 1 } all] && all.Count == Candidates.Count;

    /// <summary>
    /// Whether one candidate was chosen as the best of all and nothing was said of the others among themselves, as in Ziegler et al. 2019
    /// (arXiv:1909.08593, eq. 1). It gives a pair of the best with each of the others, and none between those.
    /// </summary>
    public bool IsPickOfBest => Ranking is [[_]] && Candidates.Count > 1;

    /// <summary>The identifier of the single best candidate, or null: no preference, or several share the first place.</summary>
    public string? Preferred => Ranking is [[var best], ..] && Candidates.Count > 1 ? best : null;

    /// <summary>
    /// What agreement is counted over: <see cref="Item"/>, or else a hash of prompt and candidates that ignores their order.
    /// </summary>
    public string ItemKey => Item ?? ContentKeys.OfItem(this);

    /// <summary>A hash of the prompt alone: judgements that share it must not be on both sides of a split.</summary>
    public string PromptKey => ContentKeys.OfPrompt(Prompt);

    /// <summary>The candidate with an identifier.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Candidate CandidateOf(string id) =>
        Candidates.FirstOrDefault(candidate => candidate.Id == id)
        ?? throw new ArgumentException(
            $"No candidate '{id}'; there are: {string.Join(", ", Candidates.Select(candidate => candidate.Id))}.", nameof(id));
}
