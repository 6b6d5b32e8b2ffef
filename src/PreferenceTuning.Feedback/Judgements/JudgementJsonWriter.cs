using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>Writes one judgement as JSON: fixed order of keys, nothing that equals its default.</summary>
internal static class JudgementJsonWriter
{
    /// <summary>What a message says in properties of its own; <see cref="ChatMessage.Extra"/> holds the rest.</summary>
    public static readonly string[] MessageKeys = ["role", "content", "name", "tool_calls"];

    public static void Write(Utf8JsonWriter writer, Judgement judgement)
    {
        writer.WriteStartObject();
        writer.WriteTextIf("id", judgement.Id);
        writer.WriteTextIf("item", judgement.Item);
        Write(writer, "prompt", judgement.Prompt);
        WriteCandidates(writer, judgement.Candidates);
        writer.WriteTextIf("annotator", judgement.Annotator);
        if (judgement.AnnotatorKind != AnnotatorKind.Unknown)
            writer.WriteString("annotator_kind", JsonNames.Of(judgement.AnnotatorKind));
        writer.WriteString("kind", JsonNames.Of(judgement.Kind));
        WriteTexts(writer, "shown", judgement.Shown);
        WritePreference(writer, judgement);
        writer.WriteNumberIf("margin", judgement.Margin);
        writer.WriteNumberIf("confidence", judgement.Confidence);
        WriteAnswers(writer, judgement);
        writer.WriteFlagIf("skipped", judgement.Skipped);
        writer.WriteFlagIf("gold", judgement.Gold);
        writer.WriteNumberIf("seconds", judgement.Seconds);
        writer.WriteTextIf("instruction_version", judgement.InstructionVersion);
        writer.WriteTextIf("created_at", Time(judgement.CreatedAt));
        writer.WriteTextIf("updated_at", Time(judgement.UpdatedAt));
        if (judgement.Flags.Count > 0)
            WriteTexts(writer, "flags", [.. judgement.Flags.Select(JsonNames.Of)]);
        WriteSource(writer, judgement.Source);
        writer.WriteExtra("extra", judgement.Extra);
        writer.WriteEndObject();
    }

    public static void WriteItem(Utf8JsonWriter writer, JudgingItem item)
    {
        writer.WriteStartObject();
        writer.WriteString("id", item.Id);
        Write(writer, "prompt", item.Prompt);
        WriteCandidates(writer, item.Candidates);
        writer.WriteTextIf("gold", item.Gold);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, string name, Passage passage)
    {
        writer.WritePropertyName(name);
        if (passage.Text is not null)
            writer.WriteStringValue(passage.Text);
        else if (passage.Messages is not null)
            WriteMessages(writer, passage.Messages);
        else
        {
            writer.WriteStartObject();
            WriteTexts(writer, "steps", passage.Steps);
            writer.WriteEndObject();
        }
    }

    public static void WriteMessages(Utf8JsonWriter writer, IReadOnlyList<ChatMessage> messages)
    {
        writer.WriteStartArray();
        foreach (var message in messages)
        {
            writer.WriteStartObject();
            writer.WriteString("role", message.Role);
            writer.WriteString("content", message.Content);
            writer.WriteTextIf("name", message.Name);
            if (message.ToolCalls is not null)
            {
                writer.WritePropertyName("tool_calls");
                writer.WriteRawValue(CanonicalJson.Compact(message.ToolCalls));
            }

            WriteExtra(writer, message.Extra);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteExtra(Utf8JsonWriter writer, string? extra)
    {
        if (extra is null)
            return;
        using var json = JsonDocument.Parse(extra, CanonicalJson.Reading);
        foreach (var property in json.RootElement.EnumerateObject().Where(part => Array.IndexOf(MessageKeys, part.Name) < 0))
            property.WriteTo(writer);
    }

    public static string? Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private static void WriteCandidates(Utf8JsonWriter writer, IReadOnlyList<Candidate> candidates)
    {
        if (candidates.Count == 0)
            return;
        writer.WriteStartArray("candidates");
        foreach (var candidate in candidates)
        {
            writer.WriteStartObject();
            writer.WriteString("id", candidate.Id);
            Write(writer, "text", candidate.Text);
            writer.WriteTextIf("model", candidate.Model);
            WriteSampling(writer, candidate.Sampling);
            writer.WriteExtra("extra", candidate.Extra);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteSampling(Utf8JsonWriter writer, SamplingSettings? sampling)
    {
        if (sampling is null)
            return;
        writer.WriteStartObject("sampling");
        writer.WriteNumberIf("temperature", sampling.Temperature);
        writer.WriteNumberIf("top_p", sampling.TopP);
        writer.WriteNumberIf("top_k", sampling.TopK);
        writer.WriteNumberIf("max_tokens", sampling.MaxTokens);
        if (sampling.Seed is { } seed)
            writer.WriteNumber("seed", seed);
        writer.WriteEndObject();
    }

    private static void WritePreference(Utf8JsonWriter writer, Judgement judgement)
    {
        if (judgement.Ranking is not { } ranking)
            return;
        if (judgement.IsTie)
            writer.WriteBoolean("tie", true);
        else if (judgement is { Candidates.Count: 2, Ranking.Count: 2, Preferred: { } preferred })
            writer.WriteString("preferred", preferred);
        else
        {
            writer.WriteStartArray("ranking");
            foreach (var group in ranking)
            {
                if (group is [var only])
                    writer.WriteStringValue(only);
                else
                    WriteTexts(writer, null, group);
            }

            writer.WriteEndArray();
        }
    }

    private static void WriteAnswers(Utf8JsonWriter writer, Judgement judgement)
    {
        WriteList(writer, "ratings", judgement.Ratings, rating =>
        {
            WriteAbout(writer, rating.Question, rating.Candidate);
            writer.WriteNumberIf("step", rating.Step);
            writer.WriteNumber("value", rating.Value);
            writer.WriteNumberIf("min", rating.Min);
            writer.WriteNumberIf("max", rating.Max);
        });
        WriteList(writer, "labels", judgement.Labels, label =>
        {
            WriteAbout(writer, label.Question, label.Candidate);
            writer.WriteNumberIf("step", label.Step);
            writer.WriteString("value", label.Value);
            WriteTexts(writer, "path", label.Path);
        });
        WriteList(writer, "texts", judgement.Texts, text =>
        {
            WriteAbout(writer, text.Question, text.Candidate);
            Write(writer, "value", text.Value);
        });
    }

    private static void WriteAbout(Utf8JsonWriter writer, string? question, string? candidate)
    {
        writer.WriteTextIf("question", question);
        writer.WriteTextIf("candidate", candidate);
    }

    private static void WriteList<T>(Utf8JsonWriter writer, string name, IReadOnlyList<T> items, Action<T> write)
    {
        if (items.Count == 0)
            return;
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            writer.WriteStartObject();
            write(item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string? name, IReadOnlyList<string>? texts)
    {
        if (texts is null)
            return;
        if (name is null)
            writer.WriteStartArray();
        else
            writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }

    private static void WriteSource(Utf8JsonWriter writer, SourceReference? source)
    {
        if (source is null)
            return;
        writer.WriteStartObject("source");
        writer.WriteString("file", source.File);
        writer.WriteTextIf("sha256", source.Sha256);
        writer.WriteNumberIf("line", source.Line);
        writer.WriteEndObject();
    }
}
