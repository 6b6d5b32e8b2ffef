using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Formats;

namespace PreferenceTuning.Feedback.Tests.Formats;

/// <summary>What each row of a layout should give, worked out from the row alone and written as one line.</summary>
internal static class ExpectedAnswers
{
    private const string Assistant = "\n\nAssistant:";

    public static IEnumerable<string> Of(FeedbackFormat format, JsonElement row, List<JsonElement> rows) => format switch
    {
        FeedbackFormat.HhRlhf => [HhRlhf(row)],
        FeedbackFormat.Trl => [Trl(row)],
        FeedbackFormat.WebGpt => [WebGpt(row)],
        FeedbackFormat.StanfordHumanPreferences => [Shp(row)],
        FeedbackFormat.SummarizeComparisons => [Summaries(row)],
        FeedbackFormat.SummarizeAxes => [Axes(row)],
        FeedbackFormat.UltraFeedback => [Ultra(row)],
        FeedbackFormat.OpenAssistantTrees => Trees(row.GetProperty("prompt"), []),
        FeedbackFormat.OpenAssistantFlat => Flat(row, rows),
        FeedbackFormat.Argilla => ArgillaLines.Of(row),
        _ => throw new NotSupportedException($"No expectation for {format}."),
    };

    public static IEnumerable<string> Leaves(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(property => Leaves(property.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Leaves),
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Number => [Number(value.GetDouble())],
        _ => [],
    };

    /// <summary>The leaves that a judgement must keep: not what a layout repeats, spells or numbers in its own way.</summary>
    public static IEnumerable<string> LeavesToKeep(FeedbackFormat format, JsonElement row) => format switch
    {
        // Turns are taken apart; the words of each must be there.
        FeedbackFormat.HhRlhf =>
            Leaves(row).SelectMany(text => text.Split(["\n\nHuman:", Assistant], StringSplitOptions.None))
                .Select(turn => turn.StartsWith(' ') ? turn[1..] : turn).Where(turn => turn.Length > 0),
        FeedbackFormat.Trl when row.TryGetProperty("prompt", out _) || !row.TryGetProperty("chosen", out var chosen)
            || chosen.ValueKind != JsonValueKind.String => Leaves(row),
        FeedbackFormat.Trl => [],
        // Ratings are texts in the layout and stand twice: read as numbers, and whole beside. choice and labels are indexes.
        FeedbackFormat.SummarizeComparisons => Leaves(row).Where(leaf => leaf.Length > 1),
        FeedbackFormat.StanfordHumanPreferences => Leaves(row).Where(leaf => leaf is not ("0" or "1")),
        // Messages that nobody compared are counted, not kept; states and ranks are the tree's own.
        FeedbackFormat.OpenAssistantTrees or FeedbackFormat.OpenAssistantFlat => [],
        FeedbackFormat.Argilla => Leaves(row).Where(leaf => leaf is not ("pending" or "submitted" or "discarded" or "1" or "2" or "tie")),
        _ => Leaves(row),
    };

    private static string Line(string prompt, string ranking, IEnumerable<string> answers, string? annotator = null, string skipped = "") =>
        $"{prompt} | {ranking} | {string.Join("; ", answers.Order(StringComparer.Ordinal))} | {annotator} | {skipped}";

    // To the ten places that the Hub's library writes into JSON Lines: at fewer, a number that is a half there may round to either side.
    private static string Number(double value) => (value == 0 ? 0 : value).ToString("0.##########", CultureInfo.InvariantCulture);

    private static string Text(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string Plain(JsonElement passage)
    {
        if (passage.ValueKind == JsonValueKind.String)
            return passage.GetString()!;
        var messages = passage.EnumerateArray()
            .Select(message => (Role: Text(message, "role"), Content: Text(message, "content"))).ToList();
        return messages.Count == 1
            ? messages[0].Content
            : string.Join("\n\n", messages.Select(message => $"{message.Role}: {message.Content}"));
    }

    private static string Plain(List<(string Role, string Content)> messages) =>
        messages.Count == 1 ? messages[0].Content : string.Join("\n\n", messages.Select(message => $"{message.Role}: {message.Content}"));

    private static string HhRlhf(JsonElement row)
    {
        var (chosen, rejected) = (Text(row, "chosen"), Text(row, "rejected"));
        var shared = chosen.Zip(rejected).TakeWhile(pair => pair.First == pair.Second).Count();
        var cut = chosen[..shared].LastIndexOf(Assistant, StringComparison.Ordinal);
        List<(string, string)> Turns(string text) => [.. text.Split("\n\n").Skip(1).Select(turn => (turn.StartsWith("Human:", StringComparison.Ordinal) ? "user" : "assistant", turn[(turn.IndexOf(':') + 1)..].TrimStart(' ')))];
        return cut < 0
            ? Line("", $"{Plain(Turns(chosen))} > {Plain(Turns(rejected))}", [])
            : Line(Plain(Turns(chosen[..cut])), $"{Plain(Turns(chosen[cut..]))} > {Plain(Turns(rejected[cut..]))}", []);
    }

    private static string Trl(JsonElement row)
    {
        var prompt = row.TryGetProperty("prompt", out var given) ? Plain(given) : "";
        if (row.TryGetProperty("chosen", out var chosen))
        {
            var rejected = row.GetProperty("rejected");
            IEnumerable<string> Scores(string better, string worse) => row.TryGetProperty("score_chosen", out var score)
                ? [$"{better}  {Number(score.GetDouble())}", $"{worse}  {Number(row.GetProperty("score_rejected").GetDouble())}"] : [];
            if (chosen.ValueKind == JsonValueKind.Array && (given.ValueKind is JsonValueKind.Undefined or JsonValueKind.String))
            {
                var (better, worse) = (Messages(chosen), Messages(rejected));
                var shared = Math.Min(
                    better.Zip(worse).TakeWhile(pair => pair.First == pair.Second).Count(), Math.Min(better.Count, worse.Count) - 1);
                var (left, right) = (Plain(better[shared..]), Plain(worse[shared..]));
                return Line(Plain(better[..shared]), $"{left} > {right}", Scores(left, right));
            }

            if (chosen.ValueKind == JsonValueKind.String && given.ValueKind == JsonValueKind.Undefined)
            {
                var (left, right) = (chosen.GetString()!, rejected.GetString()!);
                var cut = left.Zip(right).TakeWhile(pair => pair.First == pair.Second).Count();
                cut -= cut > 0 && left[cut - 1] == ' ' ? 1 : 0;
                return Line(left[..cut], $"{left[cut..]} > {right[cut..]}", []);
            }

            return Line(prompt, $"{Plain(chosen)} > {Plain(rejected)}", []);
        }

        if (row.TryGetProperty("completions", out var completions))
        {
            var steps = string.Join('\n', completions.EnumerateArray().Select(step => step.GetString()));
            return Line(prompt, "none", row.GetProperty("labels").EnumerateArray().Select((label, index) => $"{steps} {index} {(label.GetBoolean() ? "true" : "false")}"));
        }

        if (row.TryGetProperty("steps", out var scored))
        {
            var steps = string.Join('\n', scored.EnumerateArray().Select(step => Text(step, "text")));
            return Line(prompt, "none", scored.EnumerateArray().Select((step, index) => (Score: step.GetProperty("score"), Index: index))
                .Where(step => step.Score.ValueKind == JsonValueKind.Number).Select(step => $"{steps} {step.Index} {Number(step.Score.GetDouble())}"));
        }

        if (row.TryGetProperty("label", out var label))
            return Line(prompt, "none", [$"{Plain(row.GetProperty("completion"))}  {(label.GetBoolean() ? "true" : "false")}"]);
        if (row.TryGetProperty("completion", out var completion))
            return Line(prompt, "none", [Plain(completion)]);
        if (row.TryGetProperty("text", out var text))
            return Line("", "none", [text.GetString()!]);
        if (row.TryGetProperty("messages", out var conversation))
        {
            var messages = Messages(conversation);
            return messages is [.., { Role: "assistant" }]
                ? Line(Plain(messages[..^1]), "none", [messages[^1].Content])
                : Line(Plain(messages), "none", []);
        }

        return Line(prompt, "none", []);
    }

    private static List<(string Role, string Content)> Messages(JsonElement list) =>
        [.. list.EnumerateArray().Select(message => (Text(message, "role"), Text(message, "content")))];

    private static string WebGpt(JsonElement row)
    {
        var (first, second) = (row.GetProperty("score_0").GetDouble(), row.GetProperty("score_1").GetDouble());
        var (a, b) = (Text(row, "answer_0"), Text(row, "answer_1"));
        var ranking = first == second ? $"{a} = {b}" : first > second ? $"{a} > {b}" : $"{b} > {a}";
        return Line(Text(row.GetProperty("question"), "full_text"), ranking, [$"{a}  {Number(first)}", $"{b}  {Number(second)}"]);
    }

    private static string Shp(JsonElement row)
    {
        var (a, b) = (Text(row, "human_ref_A"), Text(row, "human_ref_B"));
        return Line(Text(row, "history"), row.GetProperty("labels").GetInt32() == 1 ? $"{a} > {b}" : $"{b} > {a}",
            [$"{a}  {Number(row.GetProperty("score_A").GetDouble())}", $"{b}  {Number(row.GetProperty("score_B").GetDouble())}"]);
    }

    private static string Source(JsonElement row) =>
        row.GetProperty("info").TryGetProperty("post", out var post) && post.ValueKind == JsonValueKind.String
            ? post.GetString()!
            : Text(row.GetProperty("info"), "article");

    private static string Summaries(JsonElement row)
    {
        var texts = row.GetProperty("summaries").EnumerateArray().Select(summary => Text(summary, "text")).ToList();
        var choice = row.GetProperty("choice").GetInt32();
        return Line(Source(row), $"{texts[choice]} > {texts[1 - choice]}", [], Text(row, "worker"));
    }

    private static string Axes(JsonElement row)
    {
        var summary = row.GetProperty("summary");
        return Line(Source(row), "none", summary.GetProperty("axes").EnumerateObject().Where(axis => axis.Value.ValueKind == JsonValueKind.Number)
            .Select(axis => $"{Text(summary, "text")}  {axis.Value}"), Text(row, "worker"));
    }

    private static string Ultra(JsonElement row) =>
        Line(Text(row, "instruction"), "none", row.GetProperty("completions").EnumerateArray().SelectMany(completion =>
    {
        var numbers = completion.GetProperty("annotations").EnumerateObject().Select(aspect => Text(aspect.Value, "Rating"))
            .Where(text => double.TryParse(text, CultureInfo.InvariantCulture, out _)).ToList();
        foreach (var name in new[] { "fine-grained_score", "overall_score" })
        {
            if (completion.TryGetProperty(name, out var score) && score.ValueKind == JsonValueKind.Number)
                numbers.Add(Number(score.GetDouble()));
        }

        return numbers.Select(number => $"{Text(completion, "response")}  {number}");
    }));

    private static IEnumerable<string> Trees(JsonElement message, List<(string, string)> before)
    {
        List<(string, string)> path = [.. before, (Role(message), Text(message, "text"))];
        var replies = message.GetProperty("replies").EnumerateArray().ToList();
        return Ranking(replies, path).Concat(replies.SelectMany(reply => Trees(reply, path)));
    }

    private static IEnumerable<string> Flat(JsonElement message, List<JsonElement> rows)
    {
        var replies = rows.Where(row => Text(row, "parent_id") == Text(message, "message_id")).ToList();
        var path = new List<(string, string)>();
        for (JsonElement? at = message; at is { } current; at = Text(current, "parent_id") is { Length: > 0 } parent ? rows.First(row => Text(row, "message_id") == parent) : null)
            path.Insert(0, (Role(current), Text(current, "text")));
        return Ranking(replies, path);
    }

    private static string Role(JsonElement message) => Text(message, "role") is var role && role == "prompter" ? "user" : role;

    private static IEnumerable<string> Ranking(List<JsonElement> replies, List<(string, string)> path)
    {
        var ranked = replies.Where(reply => reply.TryGetProperty("rank", out var rank) && rank.ValueKind == JsonValueKind.Number)
            .GroupBy(reply => reply.GetProperty("rank").GetDouble()).OrderBy(group => group.Key).ToList();
        if (ranked.Sum(group => group.Count()) >= 2)
            yield return Line(
                Plain(path), string.Join(" > ", ranked.Select(group => string.Join(" = ", group.Select(reply => Text(reply, "text"))))),
                []);
    }
}
