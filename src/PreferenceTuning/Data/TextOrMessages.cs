using System.Text;

namespace PreferenceTuning.Data;

/// <summary>
/// What a prompt or a response is made of: plain text (the standard layout) or messages (the conversational layout).
/// Exactly one of the two is there. Equality is by content.
/// </summary>
public sealed class TextOrMessages : IEquatable<TextOrMessages>
{
    private readonly string? _text;
    private readonly Message[]? _messages;

    /// <summary>Plain text, which a tokenizer takes as it is.</summary>
    public TextOrMessages(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text = text;
    }

    /// <summary>Turns of a conversation, which a chat template renders. An empty list is an empty prompt.</summary>
    public TextOrMessages(IEnumerable<Message> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        _messages = [.. messages];
    }

    /// <summary>The text, or null when these are messages.</summary>
    public string? Text => _text;

    /// <summary>The messages, or null when this is text.</summary>
    public IReadOnlyList<Message>? Messages => _messages;

    /// <summary>True when there is nothing in it: no text, or no message.</summary>
    public bool IsEmpty => _text is not null ? _text.Length == 0 : _messages!.Length == 0;

    /// <summary>Plain text, without a constructor call.</summary>
    public static implicit operator TextOrMessages(string text) => new(text);

    /// <inheritdoc/>
    public bool Equals(TextOrMessages? other) =>
        other is not null && _text == other._text && (_messages is null
            ? other._messages is null
            : other._messages is not null && _messages.AsSpan().SequenceEqual(other._messages));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TextOrMessages);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(_text);
        foreach (var message in _messages ?? [])
        {
            hash.Add(message);
        }

        return hash.ToHashCode();
    }

    /// <summary>
    /// The text; messages one per line as <c>role: content</c>. For people, not for a model: a chat template renders messages.
    /// </summary>
    public override string ToString()
    {
        if (_text is not null)
        {
            return _text;
        }

        var lines = new StringBuilder();
        foreach (var message in _messages!)
        {
            lines.Append(lines.Length == 0 ? "" : "\n").Append(message.Role).Append(": ").Append(message.Content);
        }

        return lines.ToString();
    }
}
