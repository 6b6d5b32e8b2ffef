namespace PreferenceTuning.Tokenization;

/// <summary>
/// Brings rows of ids to one length. Prompts are padded on the left, so that generation goes on at one column for all rows;
/// prompts with responses on the right, so that training positions start at 0.
/// </summary>
public static class TokenCollation
{
    /// <summary>Prompts for generation, padded on the left.</summary>
    /// <param name="prompts">The rows; an empty one is an error, since nothing could be generated from it.</param>
    /// <param name="padId">The id that fills up.</param>
    /// <param name="maxLength">The most tokens a row may have: the context less what is to be generated. Null for no limit.</param>
    /// <param name="longText">What happens to a longer prompt; <see cref="LongTextRule.CutResponseEnd"/> refuses it.</param>
    /// <exception cref="ArgumentException">A row is empty, or too long under a rule that refuses; the message names the row.</exception>
    public static TokenBatch Prompts(
        IReadOnlyList<IReadOnlyList<int>> prompts, int padId, int? maxLength = null, LongTextRule longText = LongTextRule.Refuse)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        CheckLimit(maxLength);
        var rows = prompts.Select((prompt, row) => Fit(NotEmpty(prompt, row), [], maxLength, longText, row)).ToList();
        return Pad(rows, padId, left: true);
    }

    /// <summary>Prompts with their responses, padded on the right. The response mask covers the response through its end token.</summary>
    /// <param name="prompts">The prompts; they may be empty.</param>
    /// <param name="responses">As many responses; they may be empty.</param>
    /// <param name="padId">The id that fills up. It may be the end token: masks, not ids, say what is padding.</param>
    /// <param name="maxLength">The most tokens a row may have, usually the context. Null for no limit.</param>
    /// <param name="longText">What happens to a longer row.</param>
    /// <exception cref="ArgumentException">The counts differ, or a row is too long under a rule that refuses; the message names the row.</exception>
    public static TokenBatch PromptsWithResponses(
        IReadOnlyList<IReadOnlyList<int>> prompts,
        IReadOnlyList<IReadOnlyList<int>> responses,
        int padId,
        int? maxLength = null,
        LongTextRule longText = LongTextRule.Refuse)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(responses);
        CheckLimit(maxLength);
        if (prompts.Count != responses.Count)
        {
            throw new ArgumentException($"'{nameof(prompts)}' has {prompts.Count} rows but '{nameof(responses)}' has {responses.Count}; they must be equal.");
        }

        var rows = prompts.Zip(responses).Select((pair, row) => Fit(pair.First, pair.Second, maxLength, longText, row)).ToList();
        return Pad(rows, padId, left: false);
    }

    private static (IReadOnlyList<int> Prompt, IReadOnlyList<int> Response) Fit(
        IReadOnlyList<int> prompt, IReadOnlyList<int> response, int? maxLength, LongTextRule rule, int row)
    {
        if (maxLength is not { } most || prompt.Count + response.Count <= most)
        {
            return (prompt, response);
        }

        var roomForPrompt = most - response.Count;
        return rule switch
        {
            LongTextRule.KeepPromptEnd when roomForPrompt > 0 => ([.. prompt.TakeLast(roomForPrompt)], response),
            LongTextRule.KeepPromptStart when roomForPrompt > 0 => ([.. prompt.Take(roomForPrompt)], response),
            LongTextRule.CutResponseEnd when prompt.Count < most => (prompt, [.. response.Take(most - prompt.Count)]),
            _ => throw new ArgumentException(
                $"Row {row} has {prompt.Count} prompt and {response.Count} response tokens, and at most {most} fit under the rule {rule}. Shorten it, leave it out, or choose another {nameof(LongTextRule)}."),
        };
    }

    private static TokenBatch Pad(List<(IReadOnlyList<int> Prompt, IReadOnlyList<int> Response)> rows, int padId, bool left)
    {
        var width = rows.Count == 0 ? 0 : rows.Max(row => row.Prompt.Count + row.Response.Count);
        var batch = new TokenBatch(new int[rows.Count][], new bool[rows.Count][], new bool[rows.Count][]);
        for (var row = 0; row < rows.Count; row++)
        {
            var (prompt, response) = rows[row];
            var length = prompt.Count + response.Count;
            var padding = Enumerable.Repeat(padId, width - length);
            var start = left ? width - length : 0;
            batch.Ids[row] = left ? [.. padding, .. prompt, .. response] : [.. prompt, .. response, .. padding];
            batch.AttentionMask[row] = Range(width, start, start + length);
            batch.ResponseMask[row] = Range(width, start + prompt.Count, start + length);
        }

        return batch;
    }

    private static bool[] Range(int width, int start, int end)
    {
        var mask = new bool[width];
        mask.AsSpan(start, end - start).Fill(true);
        return mask;
    }

    private static IReadOnlyList<int> NotEmpty(IReadOnlyList<int> prompt, int row) => prompt.Count > 0
        ? prompt
        : throw new ArgumentException($"The prompt of row {row} has no tokens, so there is nothing to generate from. Begin it with the tokenizer's beginning-of-text token.");

    private static void CheckLimit(int? maxLength) => ArgumentOutOfRangeException.ThrowIfLessThan(maxLength ?? 1, 1, nameof(maxLength));
}
