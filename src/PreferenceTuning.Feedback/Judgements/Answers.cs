namespace PreferenceTuning.Feedback.Judgements;

/// <summary>A number that someone gave.</summary>
/// <param name="Value">The number as given.</param>
/// <param name="Question">What was asked (a control's or column's name), or null where there is only one question.</param>
/// <param name="Candidate">The candidate it is about, or null where it is about the whole item.</param>
/// <param name="Min">The lowest number that could be given, or null where that is not known.</param>
/// <param name="Max">The highest number that could be given, or null where that is not known.</param>
/// <param name="Step">The step of a stepwise candidate, from 0, or null.</param>
public sealed record Rating(
    double Value, string? Question = null, string? Candidate = null, double? Min = null, double? Max = null, int? Step = null);

/// <summary>A category that someone chose.</summary>
/// <param name="Value">The category; the last one of <paramref name="Path"/> in a taxonomy.</param>
/// <param name="Question">What was asked (a control's or column's name), or null where there is only one question.</param>
/// <param name="Candidate">The candidate it is about, or null where it is about the whole item.</param>
/// <param name="Step">The step of a stepwise candidate, from 0, or null.</param>
/// <param name="Path">In a taxonomy the way from the root to <paramref name="Value"/>, both included; otherwise null.</param>
public sealed record Label(
    string Value, string? Question = null, string? Candidate = null, int? Step = null, IReadOnlyList<string>? Path = null);

/// <summary>A text that someone wrote: a demonstration, an edited answer, or a remark.</summary>
/// <param name="Value">The text, or the messages of a demonstrated turn.</param>
/// <param name="Question">What was asked (a control's or column's name), or null where there is only one question.</param>
/// <param name="Candidate">The candidate that was edited or commented, or null.</param>
public sealed record TextAnswer(Passage Value, string? Question = null, string? Candidate = null);
