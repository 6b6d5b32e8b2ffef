using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>
/// One preference pair as it is written: the columns <c>prompt</c>, <c>chosen</c>, <c>rejected</c> and, where known, <c>margin</c> and <c>chosen_probability</c>.
/// </summary>
/// <param name="Prompt">What both answer.</param>
/// <param name="Chosen">The better answer.</param>
/// <param name="Rejected">The other one.</param>
/// <param name="Margin">How much better, or null.</param>
/// <param name="ChosenProbability">The soft label: the probability that the chosen one is better, or null.</param>
public sealed record TrlPreference(Passage Prompt, Passage Chosen, Passage Rejected, double? Margin = null, double? ChosenProbability = null);

/// <summary>
/// Writes JSON Lines in the column conventions of Hugging Face TRL. When one part of a pair is a conversation, all of it is written as
/// messages; otherwise as text.
/// </summary>
public static class TrlPreferenceWriter
{
    /// <summary>Writes a file, whole or not at all.</summary>
    public static void WriteFile(string path, IEnumerable<TrlPreference> pairs) => AtomicFile.Write(path, stream => Write(stream, pairs));

    /// <summary>Writes to a stream, which stays open.</summary>
    public static void Write(Stream stream, IEnumerable<TrlPreference> pairs)
    {
        using var writer = new Utf8JsonWriter(stream, CanonicalJson.Compacted);
        foreach (var pair in pairs)
        {
            var conversation = new[] { pair.Prompt, pair.Chosen, pair.Rejected }.Any(part => part.Messages is not null);
            writer.WriteStartObject();
            WritePart(writer, "prompt", pair.Prompt, "user", conversation);
            WritePart(writer, "chosen", pair.Chosen, "assistant", conversation);
            WritePart(writer, "rejected", pair.Rejected, "assistant", conversation);
            writer.WriteNumberIf("margin", pair.Margin);
            writer.WriteNumberIf(Judgement.ChosenProbabilityColumn, pair.ChosenProbability);
            writer.WriteEndObject();
            writer.Flush();
            stream.WriteByte((byte)'\n');
            writer.Reset();
        }
    }

    private static void WritePart(Utf8JsonWriter writer, string name, Passage part, string role, bool conversation)
    {
        if (!conversation)
        {
            writer.WriteString(name, part.ToPlainText());
            return;
        }

        writer.WritePropertyName(name);
        JudgementJsonWriter.WriteMessages(writer, part.Messages ?? [new ChatMessage(role, part.ToPlainText())]);
    }
}
