namespace PreferenceTuning.Data;

/// <summary>Finds the prompt that two responses share at their beginning.</summary>
internal static class ImplicitPrompt
{
    /// <summary>
    /// The common beginning and the two remainders; null when both sides are the same, so that nothing says where the prompt ends.
    /// </summary>
    public static (TextOrMessages Prompt, TextOrMessages Chosen, TextOrMessages Rejected)? Split(
        TextOrMessages chosen, TextOrMessages rejected)
    {
        if (chosen.Equals(rejected))
        {
            return null;
        }

        if (chosen.Messages is { } chosenTurns && rejected.Messages is { } rejectedTurns)
        {
            var turns = chosenTurns.Zip(rejectedTurns).TakeWhile(pair => pair.First == pair.Second).Count();
            return (new(chosenTurns.Take(turns)), new(chosenTurns.Skip(turns)), new(rejectedTurns.Skip(turns)));
        }

        var (first, second) = (chosen.Text!, rejected.Text!);
        var length = first.AsSpan().CommonPrefixLength(second);
        if (length > 0 && (char.IsHighSurrogate(first[length - 1]) || first[length - 1] == ' '))
        {
            length--;
        }

        return (first[..length], first[length..], second[length..]);
    }
}
