namespace PreferenceTuning.Data;

/// <summary>One turn of a conversation, as chat templates and the Hugging Face conversational layout know it.</summary>
/// <param name="Role">
/// Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>, <c>developer</c>, or what the chat template knows.
/// </param>
/// <param name="Content">What is said. Empty where a turn consists only of tool calls.</param>
public sealed record Message(string Role, string Content)
{
    /// <summary>
    /// The turn's other fields (<c>tool_calls</c>, <c>name</c>, ...) as the text of one JSON object, or null where there are none.
    /// Fields that are null in a file are left out. Chat templates see these fields beside <c>role</c> and <c>content</c>.
    /// </summary>
    public string? ExtraJson { get; init; }
}
