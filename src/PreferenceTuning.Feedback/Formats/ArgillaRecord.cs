using System.Text.Json;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>One user's or agent's answer to one question; users without a name are told apart by their place in the question's list.</summary>
internal sealed record ArgillaAnswer(string Question, string? User, string? Status, JsonValue Value, JsonValue Score, int Place = 0);

/// <summary>An Argilla record, whichever of the four forms it came in.</summary>
internal sealed record ArgillaRecord
{
    private static readonly string[] Known = ["id", "_server_id", "status"];

    public required JsonValue Row { get; init; }

    public string? Id { get; init; }

    public required IReadOnlyDictionary<string, JsonValue> Fields { get; init; }

    public required IReadOnlyList<ArgillaAnswer> Answers { get; init; }

    public required IReadOnlyList<ArgillaAnswer> Suggestions { get; init; }

    public required IReadOnlyDictionary<string, string> Extra { get; init; }

    /// <summary>Whether an object is a table by columns: every value a list, and an answer column among them.</summary>
    public static bool IsColumns(JsonValue row) =>
        row["id"].IsArray && row.Properties().All(property => property.Value.IsArray || property.Value.IsNull);

    public static void Rows(JsonValue table, Action<JsonValue> read)
    {
        var columns = table.Properties()
            .Where(column => column.Value.IsArray).Select(column => (column.Name, Cells: column.Value.Items().ToList())).ToList();
        var count = columns[0].Cells.Count;
        if (columns.FirstOrDefault(column => column.Cells.Count != count) is { Name: { } uneven })
            throw table.Error($"Column '{uneven}' has another length than column '{columns[0].Name}'.");
        for (var index = 0; index < count; index++)
        {
            var json = CanonicalJson.WriteBytes(
                writer =>
                {
                    writer.WriteStartObject();
                    foreach (var (name, cells) in columns)
                    {
                        writer.WritePropertyName(name);
                        cells[index].Element.WriteTo(writer);
                    }

                    writer.WriteEndObject();
                },
                CanonicalJson.Compacted);
            using var row = JsonDocument.Parse(json, CanonicalJson.Reading);
            read(new JsonValue(row.RootElement, table.Place with { Line = index + 1 }, ""));
        }
    }

    public static ArgillaRecord Of(JsonValue row)
    {
        if (row["fields"].IsObject)
            return Nested(row);
        var names = row.Properties().Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
        var flat = names.Where(name => name.EndsWith(".responses", StringComparison.Ordinal))
            .Select(name => name[..^".responses".Length]).ToList();
        return flat.Count > 0 ? Flat(row, flat) : First(row, names);
    }

    private static ArgillaRecord Nested(JsonValue row) => new()
    {
        Row = row,
        Id = row["id"].IdentifierOrNull(),
        Fields = row["fields"].Properties()
            .Where(field => !field.Value.IsNull).ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal),
        Answers =
        [
            .. row["responses"].Properties().SelectMany(question => question.Value.Items().Select((answer, place) => Of(answer, question.Name, place))),
        ],
        Suggestions =
        [
            .. row["suggestions"].Properties().Where(question => question.Value.IsObject).Select(question =>
                new ArgillaAnswer(question.Name, question.Value["agent"].TextOrNull(), null, question.Value["value"], question.Value["score"])),
        ],
        Extra = RowReader.Rest(row, "id", "fields", "responses", "suggestions", "_server_id", "status"),
    };

    private static ArgillaRecord Flat(JsonValue row, List<string> questions)
    {
        bool Belongs(string name) => questions.Any(question => name.StartsWith(question + ".responses", StringComparison.Ordinal) || name.StartsWith(question + ".suggestion", StringComparison.Ordinal));
        return new ArgillaRecord
        {
            Row = row,
            Id = row["id"].IdentifierOrNull(),
            Fields = FieldsOf(row, name => !Belongs(name)),
            Answers = [.. questions.SelectMany(question => FlatAnswers(row, question))],
            Suggestions =
            [
                .. questions.Where(question => row.Has(question + ".suggestion")).Select(question => new ArgillaAnswer(question,
                    row[question + ".suggestion.agent"].TextOrNull(), null, row[question + ".suggestion"], row[question + ".suggestion.score"])),
            ],
            Extra = new Dictionary<string, string>(),
        };
    }

    private static IEnumerable<ArgillaAnswer> FlatAnswers(JsonValue row, string question)
    {
        List<JsonValue> values = [.. row[question + ".responses"].Items()];
        List<JsonValue> users = [.. row[question + ".responses.users"].Items()];
        List<JsonValue> statuses = [.. row[question + ".responses.status"].Items()];
        if ((users.Count > 0 && users.Count != values.Count) || (statuses.Count > 0 && statuses.Count != values.Count))
            throw row[question + ".responses"].Error("The lists of responses, users and statuses differ in length.");
        return values.Select((value, index) => new ArgillaAnswer(
            question, users.Count == 0 ? null : users[index].IdentifierOrNull(), statuses.Count == 0 ? null : statuses[index].TextOrNull(), value, default, index));
    }

    private static ArgillaAnswer Of(JsonValue answer, string question, int place) => new(
        question, answer.RequireObject()["user_id"].IdentifierOrNull(), answer["status"].TextOrNull(), answer["value"], default, place);

    // Version 1: {"q": [{"user_id", "value", "status"}], "q-suggestion": ..., "q-suggestion-metadata": {"agent", "score"}}; Parquet turns
    // the list of objects into an object of lists.
    private static ArgillaRecord First(JsonValue row, HashSet<string> names)
    {
        var questions = names.Where(name => names.Contains(name + "-suggestion") || IsAnswers(row[name])).ToList();
        if (questions.Count == 0)
            throw row.Error("The record has neither 'fields', nor '<question>.responses', nor questions with lists of answers, as Argilla's records do.");
        bool Belongs(string name) =>
            questions.Any(question => name == question || name.StartsWith(question + "-suggestion", StringComparison.Ordinal));
        return new ArgillaRecord
        {
            Row = row,
            Id = row["id"].IdentifierOrNull() ?? row["external_id"].IdentifierOrNull(),
            Fields = FieldsOf(row, name => !Belongs(name) && name is not ("external_id" or "metadata")),
            Answers = [.. questions.SelectMany(question => FirstAnswers(row[question], question))],
            Suggestions =
            [
                .. questions.Where(question => row.Has(question + "-suggestion")).Select(question =>
                {
                    var about = row[question + "-suggestion-metadata"];
                    return new ArgillaAnswer(
                        question, about.IsObject ? about["agent"].TextOrNull() : null, null, row[question + "-suggestion"],
                        about.IsObject ? about["score"] : default);
                }),
            ],
            Extra = row.Has("metadata") ? new Dictionary<string, string> { ["metadata"] = row["metadata"].RawJson() } : [],
        };
    }

    /// <summary>Whether a value is what a question of version 1 holds.</summary>
    public static bool IsAnswers(JsonValue value) =>
        (value.IsArray && value.Items().Any() && value.Items().All(answer => answer.Knows("user_id") && answer.Knows("value")))
        || (value.IsObject && value["user_id"].IsArray && value["value"].IsArray);

    private static IEnumerable<ArgillaAnswer> FirstAnswers(JsonValue answers, string question)
    {
        if (answers.IsArray)
            return answers.Items().Select((answer, place) => Of(answer, question, place));
        if (!answers.IsObject)
            return [];
        List<JsonValue> users = [.. answers["user_id"].Items()];
        List<JsonValue> statuses = [.. answers["status"].Items()];
        List<JsonValue> values = [.. answers["value"].Items()];
        if (users.Count != values.Count || (statuses.Count > 0 && statuses.Count != values.Count))
            throw answers.Error("The lists of users, values and statuses differ in length.");
        return values.Select((value, index) => new ArgillaAnswer(question, users[index].IdentifierOrNull(), statuses.Count == 0 ? null : statuses[index].TextOrNull(), value, default, index));
    }

    private static Dictionary<string, JsonValue> FieldsOf(JsonValue row, Func<string, bool> isField) => row.Properties()
        .Where(property => !property.Value.IsNull && isField(property.Name) && Array.IndexOf(Known, property.Name) < 0)
        .ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal);
}
