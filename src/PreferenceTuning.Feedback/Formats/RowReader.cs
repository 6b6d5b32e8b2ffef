using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>What the readers of row formats share: the rows, where they stand, and what is kept of the rest.</summary>
internal sealed class RowReader(FeedbackInput input)
{
    private readonly List<Judgement> _judgements = [];
    private readonly List<Judgement> _suggestions = [];

    public ConversionNotes Notes { get; } = new();

    public FeedbackReading Read(Action<JsonValue> row)
    {
        JsonDocuments.LinesOrElements(input, value => row(value.RequireObject()));
        return ToReading();
    }

    public FeedbackReading ToReading() => new(_judgements, _suggestions, Notes.ToReport(_judgements.Count));

    public void Add(Judgement judgement) => _judgements.Add(Checked(judgement));

    public void Suggest(Judgement judgement) => _suggestions.Add(Checked(judgement));

    public SourceReference Source(JsonValue row) => new(input.Name, input.Sha256, row.Place.Line);

    /// <summary>Every property that was not used and is not null, as JSON text.</summary>
    public static Dictionary<string, string> Rest(JsonValue row, params ReadOnlySpan<string> used)
    {
        var rest = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in row.Properties())
        {
            if (!value.IsNull && !used.Contains(name))
                rest[name] = value.RawJson();
        }

        return rest;
    }

    /// <summary>A text; in real files numbers and truth values stand where text should, which are kept as their JSON and flagged.</summary>
    public string LooseText(JsonValue value, List<JudgementFlag> flags)
    {
        if (value.IsText)
            return value.Text();
        if (value.IsNull || value.IsObject || value.IsArray)
            throw value.Expected("text");
        Notes.Noticed("A value that is not text was taken as its JSON text.", Where(value));
        if (!flags.Contains(JudgementFlag.NotText))
            flags.Add(JudgementFlag.NotText);
        return value.RawJson();
    }

    public static string Where(JsonValue value) => FormattableString.Invariant($"record {value.Place.Line} {value.Path}").TrimEnd();

    /// <summary>The ranking of two by their numbers, equal ones tied.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Order(string first, double firstScore, string second, double secondScore) =>
        firstScore == secondScore ? [[first, second]] : firstScore > secondScore ? [[first], [second]] : [[second], [first]];

    private Judgement Checked(Judgement judgement)
    {
        if (judgement.Candidates.Any(candidate => string.IsNullOrWhiteSpace(candidate.Text.Messages is { Count: > 0 } messages ? messages[^1].Content : candidate.Text.ToPlainText())))
            judgement = judgement with { Flags = [.. judgement.Flags, JudgementFlag.EmptyCandidate] };
        return JudgementCheck.Problem(judgement) is { } problem
            ? throw new FeedbackFormatException(problem, input.Name, judgement.Source?.Line)
            : judgement;
    }
}
