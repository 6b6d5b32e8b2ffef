using System.Globalization;
using System.Text.Json;

namespace PreferenceTuning.Data;

/// <summary>Which columns each record is read from and written to.</summary>
internal static class Rows
{
    public static PromptExample Prompt(JsonRow row) => new(row.TextOrMessages("prompt")) { ToolsJson = row.ToolsJson() };

    public static Demonstration Demonstration(JsonRow row)
    {
        if (row.Has("text"))
        {
            return new Demonstration("", row.Text("text"));
        }

        if (row.Has("messages"))
        {
            return new Demonstration(new TextOrMessages([]), row.TextOrMessages("messages")) { ToolsJson = row.ToolsJson() };
        }

        return new Demonstration(row.TextOrMessages("prompt"), row.TextOrMessages("completion")) { ToolsJson = row.ToolsJson() };
    }

    public static PreferencePair Pair(JsonRow row)
    {
        var (chosen, rejected) = (row.TextOrMessages("chosen"), row.TextOrMessages("rejected"));
        if ((chosen.Text is null) != (rejected.Text is null))
        {
            throw row.Error("one of 'chosen' and 'rejected' is a text and the other a list of messages; both must be of one kind.");
        }

        var (prompt, chosenResponse, rejectedResponse) = row.Has("prompt")
            ? (row.TextOrMessages("prompt"), chosen, rejected)
            : ImplicitPrompt.Split(chosen, rejected) ?? throw row.Error(
                "'prompt' is missing and 'chosen' equals 'rejected', so where the prompt ends is unknown; add a 'prompt'.");
        return new PreferencePair(prompt, chosenResponse, rejectedResponse)
        {
            Margin = row.OptionalNumber("margin"),
            ChosenProbability = Probability(row, "chosen_probability"),
            ToolsJson = row.ToolsJson(),
        };
    }

    public static RankedResponses Ranking(JsonRow row)
    {
        var (prompt, responses, ranks) = (row.TextOrMessages("prompt"), row.Responses("responses"), row.Integers("ranks"));
        if (responses.Count < 2 || ranks.Count != responses.Count)
        {
            throw row.Error(
                $"there are {responses.Count} 'responses' and {ranks.Count} 'ranks'; at least 2 responses and one rank for each were expected.");
        }

        return new RankedResponses(prompt, responses, ranks) { ToolsJson = row.ToolsJson() };
    }

    public static UnpairedPreference Unpaired(JsonRow row) =>
        new(row.TextOrMessages("prompt"), row.TextOrMessages("completion"), row.Boolean("label")) { ToolsJson = row.ToolsJson() };

    public static void Write(Utf8JsonWriter writer, PromptExample example) =>
        WriteRow(writer, example.ToolsJson, () => Write(writer, "prompt", example.Prompt));

    public static void Write(Utf8JsonWriter writer, Demonstration demonstration) => WriteRow(writer, demonstration.ToolsJson, () =>
    {
        Write(writer, "prompt", demonstration.Prompt);
        Write(writer, "completion", demonstration.Response);
    });

    public static void Write(Utf8JsonWriter writer, PreferencePair pair) => WriteRow(writer, pair.ToolsJson, () =>
    {
        Write(writer, "prompt", pair.Prompt);
        Write(writer, "chosen", pair.Chosen);
        Write(writer, "rejected", pair.Rejected);
        Write(writer, "margin", pair.Margin);
        Write(writer, "chosen_probability", pair.ChosenProbability);
    });

    public static void Write(Utf8JsonWriter writer, RankedResponses ranking) => WriteRow(writer, ranking.ToolsJson, () =>
    {
        Write(writer, "prompt", ranking.Prompt);
        writer.WriteStartArray("responses");
        foreach (var response in ranking.Responses)
        {
            WriteValue(writer, response);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("ranks");
        foreach (var rank in ranking.Ranks)
        {
            writer.WriteNumberValue(rank);
        }

        writer.WriteEndArray();
    });

    public static void Write(Utf8JsonWriter writer, UnpairedPreference preference) => WriteRow(writer, preference.ToolsJson, () =>
    {
        Write(writer, "prompt", preference.Prompt);
        Write(writer, "completion", preference.Response);
        writer.WriteBoolean("label", preference.Desirable);
    });

    private static double? Probability(JsonRow row, string name) => row.OptionalNumber(name) switch
    {
        null => null,
        >= 0 and <= 1 and var value => value,
        var value => throw row.Error(string.Create(CultureInfo.InvariantCulture, $"'{name}' is {value:R}; a probability between 0 and 1 was expected.")),
    };

    private static void WriteRow(Utf8JsonWriter writer, string? toolsJson, Action columns)
    {
        writer.WriteStartObject();
        columns();
        if (toolsJson is not null)
        {
            writer.WritePropertyName("tools");
            using var tools = JsonDocument.Parse(toolsJson);
            tools.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, TextOrMessages value)
    {
        writer.WritePropertyName(name);
        WriteValue(writer, value);
    }

    private static void WriteValue(Utf8JsonWriter writer, TextOrMessages value)
    {
        if (value.Messages is null)
        {
            writer.WriteStringValue(MessageJson.Valid(value.Text!));
            return;
        }

        writer.WriteStartArray();
        foreach (var message in value.Messages)
        {
            MessageJson.Write(writer, message);
        }

        writer.WriteEndArray();
    }
}
