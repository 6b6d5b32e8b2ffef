using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>
/// Writes judgements one by one (not merged, see <see cref="TrlPreferenceWriter"/> for that) as JSON Lines in the column conventions of
/// Hugging Face TRL. What those cannot hold is reported: ties and rankings are left out, annotators, times and the rest are lost. Of a
/// pair they hold margin, soft label and the two scores, too.
/// </summary>
public static class TrlDatasetWriter
{
    /// <summary>Writes a file, whole or not at all.</summary>
    /// <returns>What could not be written.</returns>
    public static ConversionReport WriteFile(string path, IEnumerable<Judgement> judgements)
    {
        ConversionReport? report = null;
        AtomicFile.Write(path, stream => report = Write(stream, judgements));
        return report!;
    }

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <returns>What could not be written.</returns>
    public static ConversionReport Write(Stream stream, IEnumerable<Judgement> judgements)
    {
        var notes = new ConversionNotes();
        var count = 0;
        using var writer = new Utf8JsonWriter(stream, CanonicalJson.Compacted);
        foreach (var judgement in judgements)
        {
            if (Row(judgement, notes) is not { } write)
                continue;
            TrlLosses.Say(notes, judgement, judgement.Id ?? judgement.Item ?? FormattableString.Invariant($"row {count + 1}"));
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
            writer.Flush();
            stream.WriteByte((byte)'\n');
            writer.Reset();
            count++;
        }

        return notes.ToReport(count);
    }

    private static Action<Utf8JsonWriter>? Row(Judgement judgement, ConversionNotes notes)
    {
        var where = judgement.Id ?? judgement.Item ?? "";
        if (judgement.Skipped)
            return LeftOut(notes, "A skipped judgement has no row.", where);
        if (judgement.Kind is JudgementKind.Pairwise or JudgementKind.Ranking)
            return Pair(judgement, notes, where);
        if (judgement is { Kind: JudgementKind.Demonstration or JudgementKind.TextEdit })
            return Demonstration(judgement);
        if (judgement.Candidates is not [var candidate])
            return LeftOut(notes, "Ratings or labels of several candidates have no row; rank them first.", where);
        if (candidate.Text.Steps is not null)
            return Steps(judgement, candidate, notes, where);
        return judgement.Labels is [{ Value: "true" or "false" } label]
            ? writer =>
            {
                WritePassages(writer, judgement.Prompt, ("completion", candidate.Text));
                writer.WriteBoolean("label", label.Value == "true");
            }
            : LeftOut(notes, "A label other than true or false, or a rating, has no row.", where);
    }

    private static Action<Utf8JsonWriter>? Pair(Judgement judgement, ConversionNotes notes, string where)
    {
        if (judgement.Candidates.Count != 2 || judgement.Preferred is not { } best || judgement.Ranking is not [_, [var worst]])
            return LeftOut(notes, judgement.IsTie ? "A tie has no row." : "Only a preference between two has a row.", where);
        return writer =>
        {
            WritePassages(
                writer, judgement.Prompt, ("chosen", judgement.CandidateOf(best).Text), ("rejected", judgement.CandidateOf(worst).Text));
            writer.WriteNumberIf("margin", judgement.Margin);
            writer.WriteNumberIf(Judgement.ChosenProbabilityColumn, judgement.ChosenProbability);
            var scores = Scores(judgement);
            writer.WriteNumberIf("score_chosen", scores?.Chosen);
            writer.WriteNumberIf("score_rejected", scores?.Rejected);
        };
    }

    /// <summary>The scores of the better and the worse one, if each has one and there is nothing else.</summary>
    internal static (double Chosen, double Rejected)? Scores(Judgement judgement)
    {
        double? Of(string id) => judgement.Ratings.SingleOrDefault(rating => rating.Candidate == id)?.Value;
        return judgement is { Ratings: [{ Question: "score", Step: null } one, { Question: "score", Step: null } other], Ranking: [[var best], [var worst]] }
            && one.Candidate != other.Candidate && Of(best) is { } chosen && Of(worst) is { } rejected ? (chosen, rejected) : null;
    }

    private static Action<Utf8JsonWriter>? Demonstration(Judgement judgement)
    {
        if (judgement.Texts.Count == 0)
            return writer => WritePassages(writer, judgement.Prompt);
        var text = judgement.Texts[0].Value;
        return writer => WritePassages(writer, judgement.Prompt, ("completion", text));
    }

    private static Action<Utf8JsonWriter>? Steps(Judgement judgement, Candidate candidate, ConversionNotes notes, string where)
    {
        var labels = judgement.Labels.Where(label => label.Step is not null).OrderBy(label => label.Step).ToList();
        if (labels.Count != candidate.Text.Steps!.Count || labels.Any(label => label.Value is not ("true" or "false")))
            return LeftOut(notes, "Steps without a true or false label each have no row.", where);
        return writer =>
        {
            WritePassages(writer, judgement.Prompt);
            writer.WriteStartArray("completions");
            foreach (var step in candidate.Text.Steps)
                writer.WriteStringValue(step);
            writer.WriteEndArray();
            writer.WriteStartArray("labels");
            foreach (var label in labels)
                writer.WriteBooleanValue(label.Value == "true");
            writer.WriteEndArray();
        };
    }

    private static void WritePassages(Utf8JsonWriter writer, Passage prompt, params ReadOnlySpan<(string Name, Passage Text)> answers)
    {
        var conversation = prompt.Messages is not null;
        foreach (var answer in answers)
            conversation |= answer.Text.Messages is not null;
        Write(writer, "prompt", prompt, "user", conversation);
        foreach (var (name, text) in answers)
            Write(writer, name, text, "assistant", conversation);
    }

    private static void Write(Utf8JsonWriter writer, string name, Passage passage, string role, bool conversation)
    {
        if (!conversation)
        {
            writer.WriteString(name, passage.ToPlainText());
            return;
        }

        writer.WritePropertyName(name);
        JudgementJsonWriter.WriteMessages(
            writer, passage.Messages ?? (passage.ToPlainText().Length == 0 ? [] : [new ChatMessage(role, passage.ToPlainText())]));
    }

    private static Action<Utf8JsonWriter>? LeftOut(ConversionNotes notes, string why, string where)
    {
        notes.LeftOut(why, where);
        return null;
    }
}
