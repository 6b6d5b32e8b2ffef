using System.Text.RegularExpressions;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>What an Argilla file does not say about its data set's settings.</summary>
public sealed record ArgillaReadOptions
{
    /// <summary>
    /// The field that is the prompt. Null: <c>prompt</c>, <c>instruction</c>, <c>question</c> or <c>input</c>, whichever comes first; else
    /// the first field.
    /// </summary>
    public string? PromptField { get; init; }

    /// <summary>
    /// The fields that are compared, in the order of their numbers in answers. Null: fields that differ in a final number only (response1,
    /// response2).
    /// </summary>
    public IReadOnlyList<string>? CandidateFields { get; init; }

    /// <summary>The question whose answer is the preference. Null: the first one whose answers name candidates.</summary>
    public string? PreferenceQuestion { get; init; }

    /// <summary>Questions whose one answer is a label rather than free text: the file does not tell the two apart.</summary>
    public IReadOnlyList<string> LabelQuestions { get; init; } = [];

    /// <summary>Answers of the preference question (case ignored) that mean a tie.</summary>
    public IReadOnlyList<string> TieValues { get; init; } = ["tie"];
}

/// <summary>
/// Reads Argilla's records: version 2 nested (<c>to_json</c>) and flattened, by rows or by columns; and version 1's Hub export. Each
/// user's answers to one record are one judgement; suggestions are judgements of their agents. Candidates are named by their number.
/// </summary>
public static partial class Argilla
{
    private static readonly string[] PromptNames = ["prompt", "instruction", "question", "input"];

    /// <summary>Reads an input.</summary>
    /// <param name="input">Records as a JSON list, JSON Lines, or one object of columns.</param>
    /// <param name="options">What the file does not say; null for the defaults.</param>
    /// <exception cref="FeedbackFormatException">A row is none of these formats.</exception>
    public static FeedbackReading Read(FeedbackInput input, ArgillaReadOptions? options = null)
    {
        var reader = new RowReader(input);
        var given = options ?? new();
        return reader.Read(row =>
        {
            if (ArgillaRecord.IsColumns(row))
                ArgillaRecord.Rows(row, single => Record(ArgillaRecord.Of(single), reader, given));
            else
                Record(ArgillaRecord.Of(row), reader, given);
        });
    }

    private static void Record(ArgillaRecord record, RowReader reader, ArgillaReadOptions options)
    {
        var flags = new List<JudgementFlag>();
        var fields = CandidateFields(record, options);
        var prompt = PromptField(record, options, fields);
        List<Candidate> candidates = [.. fields.Select((field, index) => new Candidate
        {
            Id = FormattableString.Invariant($"{index + 1}"),
            Text = Words(record.Fields[field], reader, flags),
        })];
        var extra = new Dictionary<string, string>(record.Extra, StringComparer.Ordinal);
        foreach (var (name, value) in record.Fields.Where(field => field.Key != prompt && !fields.Contains(field.Key)))
            extra[name] = value.RawJson();
        var shell = new Judgement
        {
            Item = record.Id,
            Prompt = prompt is null ? "" : Words(record.Fields[prompt], reader, flags),
            Candidates = candidates,
            Flags = flags,
            Source = reader.Source(record.Row),
            Extra = extra,
        };
        foreach (var user in record.Answers.GroupBy(answer => (answer.User, Place: answer.User is null ? answer.Place : 0)))
            reader.Add(ArgillaAnswers.Judgement([.. user], shell with { Annotator = user.Key.User, AnnotatorKind = AnnotatorKind.Person }, fields, options));
        foreach (var agent in record.Suggestions.GroupBy(answer => answer.User, StringComparer.Ordinal))
            reader.Suggest(ArgillaAnswers.Judgement([.. agent], shell with { Annotator = agent.Key, AnnotatorKind = AnnotatorKind.Model }, fields, options));
        if (!record.Answers.Any())
            reader.Notes.LeftOut("A record without responses holds no judgement.", RowReader.Where(record.Row));
    }

    private static Passage Words(JsonValue value, RowReader reader, List<JudgementFlag> flags)
    {
        if (value.IsNull)
            return "";
        if (value.IsArray && value.Items().All(message => message.IsObject && message["role"].IsText))
            return Passage.FromMessages(JudgementJsonReader.ReadMessages(value));
        return reader.LooseText(value, flags);
    }

    private static IReadOnlyList<string> CandidateFields(ArgillaRecord record, ArgillaReadOptions options)
    {
        if (options.CandidateFields is { } given)
        {
            return given.FirstOrDefault(name => !record.Fields.ContainsKey(name)) is { } missing
                ? throw record.Row.Error($"The record has no field '{missing}'.")
                : given;
        }

        var numbered = record.Fields.Where(field => field.Value.IsText || field.Value.IsArray)
            .Select(field => (Name: field.Key, Match: NumberedName().Match(field.Key))).Where(field => field.Match.Success)
            .GroupBy(field => field.Match.Groups[1].Value, StringComparer.Ordinal);
        var fields = numbered.FirstOrDefault(group => group.Count() >= 2);
        return fields is null ? [] : [.. fields.OrderBy(field => int.Parse(field.Match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture)).Select(field => field.Name)];
    }

    private static string? PromptField(ArgillaRecord record, ArgillaReadOptions options, IReadOnlyList<string> candidates)
    {
        if (options.PromptField is { } given)
            return record.Fields.ContainsKey(given) ? given : throw record.Row.Error($"The record has no field '{given}'.");
        return PromptNames.FirstOrDefault(name => record.Fields.ContainsKey(name) && !candidates.Contains(name))
            ?? record.Fields.Where(field => !candidates.Contains(field.Key) && field.Value.IsText)
                .Select(field => field.Key).FirstOrDefault();
    }

    [GeneratedRegex(@"^(.*?)[-_ ]?(\d{1,4})$")]
    private static partial Regex NumberedName();
}
