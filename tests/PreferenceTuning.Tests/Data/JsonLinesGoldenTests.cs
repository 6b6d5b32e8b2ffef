using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using PreferenceTuning.Data;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Tests.Data;

/// <summary>The JSON Lines files that the Hugging Face library wrote, against the content that it reads back.</summary>
[Category("Golden")]
public sealed class JsonLinesGoldenTests
{
    private static IEnumerable<TestCaseData> Files()
    {
        foreach (var path in GoldenFolder.Files("*.jsonl", "datasets", "layouts"))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            var reason = Unsupported(FirstRow(path));
            var test = new TestCaseData(path).SetArgDisplayNames(name);
            yield return reason is null ? test : test.Ignore(reason);
        }
    }

    private static JsonObject FirstRow(string path) =>
        File.ReadLines(path).FirstOrDefault() is { } line ? JsonNode.Parse(line)!.AsObject() : [];

    /// <summary>Which files are of a layout that <see cref="JsonLines"/> reads, told by the columns of the first row.</summary>
    private static string? Unsupported(JsonObject row) =>
        IsTextOrMessages(row["chosen"]) && IsTextOrMessages(row["rejected"])
        || IsTextOrMessages(row["prompt"]) && row["completions"] is null
        || IsTextOrMessages(row["messages"])
        || IsTextOrMessages(row["text"]) && row.Count == 1
            ? null
            : $"the layout with the columns {string.Join(", ", row.Select(p => p.Key).Order())} is not one of JsonLines; " +
            "PreferenceTuning.Feedback reads the others";

    private static bool IsTextOrMessages(JsonNode? value) =>
        value is JsonValue text && text.GetValueKind() == JsonValueKind.String
        || value is JsonArray messages && messages.All(m => m is JsonObject);

    [TestCaseSource(nameof(Files))]
    public void Rows_are_the_expected_ones(string path)
    {
        var expected = Expected(path);
        var columns = FirstRow(path);
        if (columns.ContainsKey("chosen"))
        {
            Compare(JsonLines.ReadPreferencePairs(path), expected, ComparePair);
        }
        else if (columns.ContainsKey("label"))
        {
            Compare(JsonLines.ReadUnpaired(path), expected, (row, want) =>
            {
                CompareValue(row.Prompt, want["prompt"]);
                CompareValue(row.Response, want["completion"]);
                Assert.That(row.Desirable, Is.EqualTo(want["label"]!.GetValue<bool>()));
            });
        }
        else if (columns.ContainsKey("prompt") && !columns.ContainsKey("completion"))
        {
            Compare(JsonLines.ReadPrompts(path), expected, (row, want) => CompareValue(row.Prompt, want["prompt"]));
        }
        else
        {
            Compare(JsonLines.ReadDemonstrations(path), expected, (row, want) =>
            {
                CompareValue(row.Response, want["completion"] ?? want["text"] ?? want["messages"]);
                Assert.That(
                    row.Prompt.IsEmpty,
                    Is.EqualTo(want["prompt"] is null || want["prompt"] is JsonValue text && text.GetValue<string>() == ""));
                Assert.That(row.ToolsJson is not null, Is.EqualTo(want["tools"] is not null));
            });
        }
    }

    private static List<JsonObject> Expected(string path)
    {
        var file = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(path, ".expected.json")))!;
        return [.. file["rows"]!.AsArray().Select(row => row!.AsObject())];
    }

    private static void Compare<T>(IReadOnlyList<T> rows, List<JsonObject> expected, Action<T, JsonObject> compare)
    {
        Assert.That(rows, Has.Count.EqualTo(expected.Count));
        foreach (var (row, want) in rows.Zip(expected))
        {
            compare(row, want);
        }
    }

    private static void ComparePair(PreferencePair pair, JsonObject want)
    {
        if (want["prompt"] is not null)
        {
            CompareValue(pair.Prompt, want["prompt"]);
            CompareValue(pair.Chosen, want["chosen"]);
            CompareValue(pair.Rejected, want["rejected"]);
        }
        else
        {
            CompareValue(Join(pair.Prompt, pair.Chosen), want["chosen"]);
            CompareValue(Join(pair.Prompt, pair.Rejected), want["rejected"]);
        }

        Assert.That(pair.Margin, want["margin"] is { } margin ? Is.EqualTo(margin.GetValue<double>()).Within(5e-11) : Is.Null);
    }

    private static TextOrMessages Join(TextOrMessages prompt, TextOrMessages response) =>
        prompt.Messages is null ? prompt.Text + response.Text : new TextOrMessages(prompt.Messages.Concat(response.Messages!));

    private static void CompareValue(TextOrMessages value, JsonNode? want)
    {
        if (want is not JsonArray messages)
        {
            Assert.That(value.Text, Is.EqualTo(want!.GetValue<string>()));
            return;
        }

        Assert.That(value.Messages, Has.Count.EqualTo(messages.Count));
        foreach (var (message, expected) in value.Messages!.Zip(messages))
        {
            Assert.That(message.Role, Is.EqualTo(expected!["role"]!.GetValue<string>()));
            Assert.That(message.Content, Is.EqualTo(expected["content"]?.GetValue<string>() ?? ""));
            CompareExtra(message.ExtraJson, expected.AsObject());
        }
    }

    private static void CompareExtra(string? extraJson, JsonObject expected)
    {
        var want = new JsonObject(expected
            .Where(field => field.Key is not ("role" or "content") && field.Value is not null)
            .Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value!.DeepClone())));
        var extra = extraJson is null ? [] : JsonNode.Parse(extraJson)!.AsObject();
        Assert.That(JsonNode.DeepEquals(extra, want), Is.True, $"expected {want.ToJsonString()}, got {extraJson ?? "nothing"}");
    }
}
