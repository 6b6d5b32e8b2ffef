namespace PreferenceTuning.Tokenization;

/// <summary>What happens to a row that is longer than the context.</summary>
public enum LongTextRule
{
    /// <summary>An error that names the row and its length. The default: nothing is lost unnoticed.</summary>
    Refuse,

    /// <summary>The end of the prompt is kept: the tokens at its start go (a dialogue keeps its last turns).</summary>
    KeepPromptEnd,

    /// <summary>The start of the prompt is kept: the tokens at its end go.</summary>
    KeepPromptStart,

    /// <summary>The whole prompt is kept: the tokens at the end of the response go. A prompt that alone is too long is refused.</summary>
    CutResponseEnd,
}
