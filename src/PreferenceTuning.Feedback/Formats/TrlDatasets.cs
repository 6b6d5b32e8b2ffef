using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>
/// Reads the data set types of Hugging Face TRL, each as text or as messages: preference (explicit or implicit prompt, with margin or
/// scores), unpaired preference, prompt and completion, prompt only, language modelling, stepwise supervision; and rows of steps with
/// scores. The columns decide; what they do not explain is kept beside.
/// </summary>
public static class TrlDatasets
{
    /// <summary>Reads an input.</summary>
    /// <exception cref="FeedbackFormatException">A row is none of the types.</exception>
    public static FeedbackReading Read(FeedbackInput input)
    {
        var reader = new RowReader(input);
        return reader.Read(row => reader.Add(Row(row, reader)));
    }

    private static Judgement Row(JsonValue row, RowReader reader)
    {
        if (row.Has("chosen") && row.Has("rejected"))
            return TrlPreferenceRow.Read(row, reader);
        if (row.Has("completions") && row.Has("labels"))
            return Stepwise(row, reader);
        if (row["steps"].IsArray && row.Has("prompt"))
            return ScoredSteps(row, reader);
        if (row.Has("completion"))
            return row["label"].IsNull ? Demonstration(row, reader) : Unpaired(row, reader);
        if (row.Has("messages"))
            return Conversation(row, reader);
        if (row.Has("text"))
            return Text(row, reader);
        if (row.Has("prompt"))
            return Shell(row, reader, "prompt") with { Kind = JudgementKind.Demonstration, Flags = [JudgementFlag.EmptyAnswer] };
        throw row.Error("The columns are those of no TRL data set type: expected chosen and rejected, prompt and completion, completions and labels, messages, text, or prompt.");
    }

    private static Judgement Shell(JsonValue row, RowReader reader, params ReadOnlySpan<string> used) => new()
    {
        Prompt = row.Has("prompt") ? JudgementJsonReader.ReadPassage(row["prompt"]) : "",
        Source = reader.Source(row),
        Extra = RowReader.Rest(row, used),
    };

    private static Judgement Unpaired(JsonValue row, RowReader reader) => Shell(row, reader, "prompt", "completion", "label") with
    {
        Kind = JudgementKind.Label,
        Candidates = [new() { Id = "completion", Text = JudgementJsonReader.ReadPassage(row["completion"]) }],
        Labels = [new Label(row["label"].Flag() ? "true" : "false", "label", "completion")],
    };

    private static Judgement Demonstration(JsonValue row, RowReader reader) => Shell(row, reader, "prompt", "completion") with
    {
        Kind = JudgementKind.Demonstration,
        Texts = [new TextAnswer(JudgementJsonReader.ReadPassage(row["completion"]), "completion")],
    };

    private static Judgement Stepwise(JsonValue row, RowReader reader)
    {
        List<bool> labels = [.. row["labels"].Items().Select(label => label.Flag())];
        List<string> steps = [.. row["completions"].Items().Select(step => step.Text())];
        if (labels.Count != steps.Count)
            throw row.Error(FormattableString.Invariant($"There are {steps.Count} completions but {labels.Count} labels."));
        return Shell(row, reader, "prompt", "completions", "labels") with
        {
            Kind = JudgementKind.Label,
            Candidates = [new() { Id = "completions", Text = Passage.FromSteps(steps) }],
            Labels = [.. labels.Select((label, step) => new Label(label ? "true" : "false", "labels", "completions", step))],
        };
    }

    private static Judgement ScoredSteps(JsonValue row, RowReader reader)
    {
        List<JsonValue> steps = [.. row["steps"].Items().Select(step => step.RequireObject())];
        return Shell(row, reader, "prompt", "steps") with
        {
            Kind = JudgementKind.Rating,
            Candidates = [new() { Id = "steps", Text = Passage.FromSteps([.. steps.Select(step => step.RequiredText("text"))]) }],
            Ratings =
            [
                .. steps.Select((step, index) => (Score: step["score"].NumberOrNull(), Index: index)).Where(step => step.Score is not null)
                    .Select(step => new Rating(step.Score!.Value, "score", "steps", Step: step.Index)),
            ],
        };
    }

    // The last assistant's turn is the demonstration; what stands before it, the prompt.
    private static Judgement Conversation(JsonValue row, RowReader reader)
    {
        var messages = JudgementJsonReader.ReadMessages(row["messages"]);
        var last = messages.Count - 1;
        var shell = Shell(row, reader, "messages") with { Kind = JudgementKind.Demonstration };
        return last < 0 || messages[last].Role != "assistant"
            ? shell with { Prompt = Passage.FromMessages(messages), Flags = [JudgementFlag.EmptyAnswer] }
            : shell with
            {
                Prompt = Passage.FromMessages([.. messages.Take(last)]),
                Texts = [new TextAnswer(Passage.FromMessages([messages[last]]), "messages")],
            };
    }

    private static Judgement Text(JsonValue row, RowReader reader) => Shell(row, reader, "text") with
    {
        Kind = JudgementKind.Demonstration,
        Texts = [new TextAnswer(row.RequiredText("text"), "text")],
    };
}
