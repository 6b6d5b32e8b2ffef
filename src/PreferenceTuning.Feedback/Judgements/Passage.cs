namespace PreferenceTuning.Feedback.Judgements;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>, or what the source says.</param>
/// <param name="Content">What is said; null where a message only calls tools.</param>
public sealed record ChatMessage(string Role, string? Content)
{
    /// <summary>The speaker's or the tool's name, where the source gives one.</summary>
    public string? Name { get; init; }

    /// <summary>The tool calls as JSON text, where there are any: their arguments have no common shape.</summary>
    public string? ToolCalls { get; init; }

    /// <summary>
    /// What the source says of the message beyond that (<c>tool_call_id</c>, <c>weight</c>, ...), as the text of a JSON object without the
    /// four keys above; or null.
    /// </summary>
    public string? Extra { get; init; }
}

/// <summary>
/// What was shown: plain text, the messages of a conversation, or the consecutive steps of one answer. Exactly one of the three.
/// </summary>
public sealed record Passage
{
    private Passage()
    {
    }

    /// <summary>The text, or null.</summary>
    public string? Text { get; private init; }

    /// <summary>The messages, or null.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; private init; }

    /// <summary>The steps of one answer, first to last (process supervision), or null.</summary>
    public IReadOnlyList<string>? Steps { get; private init; }

    /// <summary>Plain text.</summary>
    public static Passage FromText(string text) => new() { Text = text };

    /// <summary>A conversation.</summary>
    public static Passage FromMessages(IReadOnlyList<ChatMessage> messages) => new() { Messages = messages };

    /// <summary>The consecutive steps of one answer.</summary>
    public static Passage FromSteps(IReadOnlyList<string> steps) => new() { Steps = steps };

    /// <summary>Plain text.</summary>
    public static implicit operator Passage(string text) => FromText(text);

    /// <summary>
    /// The passage as one text: the text itself; one message's content; several messages as <c>role: content</c> separated by an empty
    /// line; steps one per line. For reading speed, duplicates and display, not for training.
    /// </summary>
    public string ToPlainText()
    {
        if (Text is not null)
            return Text;
        if (Steps is not null)
            return string.Join('\n', Steps);
        return Messages is [var only]
            ? only.Content ?? ""
            : string.Join("\n\n", Messages!.Select(message => $"{message.Role}: {message.Content}"));
    }

    /// <summary>Equal when the same kind of passage holds the same words in the same order.</summary>
    public bool Equals(Passage? other) =>
        other is not null && Text == other.Text && Same(Messages, other.Messages) && Same(Steps, other.Steps);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ToPlainText(), Messages?.Count, Steps?.Count);

    private static bool Same<T>(IReadOnlyList<T>? left, IReadOnlyList<T>? right) =>
        left is null ? right is null : right is not null && left.SequenceEqual(right);
}
