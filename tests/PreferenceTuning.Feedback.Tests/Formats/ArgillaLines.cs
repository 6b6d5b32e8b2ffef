using System.Globalization;
using System.Text.Json;

namespace PreferenceTuning.Feedback.Tests.Formats;

/// <summary>What an Argilla record, nested or flat, should give: a line for each user and each agent.</summary>
internal static class ArgillaLines
{
    private sealed record Answer(string Question, string? Who, bool Discarded, JsonElement Value, bool IsSuggestion);

    public static IEnumerable<string> Of(JsonElement row)
    {
        var answers = row.TryGetProperty("fields", out var fields) ? Nested(row) : Flat(row);
        var shown = fields.ValueKind == JsonValueKind.Object ? fields : row;
        var prompt = shown.GetProperty("prompt").GetString()!;
        var candidates = shown.EnumerateObject().Where(
            field => field.Name.StartsWith("response", StringComparison.Ordinal) && char.IsAsciiDigit(field.Name[^1]))
            .OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => field.Value.GetString()!).ToList();
        return answers.GroupBy(answer => (answer.Who, answer.IsSuggestion)).Select(group => Line(prompt, candidates, [.. group]));
    }

    private static string Line(string prompt, List<string> candidates, List<Answer> answers)
    {
        var ranking = "none";
        var found = new List<string>();
        var discarded = answers.Any(answer => answer.Discarded);
        foreach (var answer in answers)
        {
            var values = answer.Value.ValueKind == JsonValueKind.Array ? answer.Value.EnumerateArray().ToList() : [answer.Value];
            var names = values.Select(value => value.ToString()).ToList();
            if (values[0].ValueKind == JsonValueKind.Number)
                found.Add($"  {values[0].GetDouble().ToString(CultureInfo.InvariantCulture)}");
            else if (names.All(name => name is "1" or "2" or "tie"))
            {
                // The first question that names candidates is the preference; further ones stay beside.
                if (ranking == "none")
                    ranking = names switch
                    {
                        ["tie"] => string.Join(" = ", candidates),
                        [var only] => $"{candidates[only == "1" ? 0 : 1]} > {candidates[only == "1" ? 1 : 0]}",
                        _ => string.Join(" > ", names.Select(name => candidates[name == "1" ? 0 : 1])),
                    };
            }
            else if (answer.Value.ValueKind == JsonValueKind.Array)
                found.AddRange(names.Select(name => $"  {name}"));
            else
                found.Add(names[0]);
        }

        return $"{prompt} | {(discarded ? "none" : ranking)} | {string.Join("; ", found.Order(StringComparer.Ordinal))} | {answers[0].Who} | {(discarded ? "skipped" : "")}";
    }

    private static IEnumerable<Answer> Nested(JsonElement row) => row.GetProperty("responses").EnumerateObject()
        .SelectMany(question => question.Value.EnumerateArray().Select(answer => new Answer(question.Name, answer.GetProperty("user_id").GetString(), false, answer.GetProperty("value"), false)))
        .Concat(row.GetProperty("suggestions").EnumerateObject().Select(question =>
            new Answer(question.Name, question.Value.TryGetProperty("agent", out var agent) ? agent.GetString() : null, false, question.Value.GetProperty("value"), true)));

    private static IEnumerable<Answer> Flat(JsonElement row)
    {
        foreach (var property in row.EnumerateObject())
        {
            if (property.Name.EndsWith(".responses", StringComparison.Ordinal) && property.Value.ValueKind == JsonValueKind.Array)
            {
                var question = property.Name[..^".responses".Length];
                var users = row.GetProperty(property.Name + ".users").EnumerateArray().ToList();
                var statuses = row.GetProperty(property.Name + ".status").EnumerateArray().ToList();
                foreach (var (value, index) in property.Value.EnumerateArray().Select((value, index) => (value, index)))
                    yield return new Answer(question, users[index].GetString(), statuses[index].GetString() == "discarded", value, false);
            }
            else if (property.Name.EndsWith(".suggestion", StringComparison.Ordinal) && property.Value.ValueKind != JsonValueKind.Null)
            {
                yield return new Answer(
                    property.Name, row.TryGetProperty(property.Name + ".agent", out var agent) ? agent.GetString() : null, false,
                    property.Value, true);
            }
        }
    }
}
