namespace PreferenceTuning.Tokenization;

/// <summary>
/// Brings rows of ids to one length. Prompts are padded on the left, so that generation goes on at one column for all rows;
/// prompts with responses on the right, so that training positions start at 0.
/// </summary>
public static class TokenCollation
{
    /// <summary>Prompts for generation, padded on the left. An empty prompt is an error: nothing could be generated from it.</summary>
    /// <exception cref="ArgumentException">A row is empty, or too long under a rule that refuses; the message names the row.</exception>
    public static TokenBatch Prompts(IReadOnlyList<IReadOnlyList<int>> prompts, CollationOptions options)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        for (var row = 0; row < prompts.Count; row++)
        {
            if (prompts[row].Count == 0)
            {
                throw new ArgumentException(
                    $"The prompt of row {row} has no tokens, so there is nothing to generate from. "
                    + "Begin it with the tokenizer's beginning-of-text token.",
                    nameof(prompts));
            }
        }

        return Texts(prompts, PaddingSide.Left, options);
    }

    /// <summary>Texts without a response, padded on either side. <see cref="LongTextRule"/> treats them as prompts.</summary>
    /// <exception cref="ArgumentException">A row is too long under a rule that refuses; the message names the row.</exception>
    public static TokenBatch Texts(IReadOnlyList<IReadOnlyList<int>> texts, PaddingSide side, CollationOptions options)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return Pad([.. texts.Select((text, row) => Fit(text, [], options, row))], side, options);
    }

    /// <summary>Prompts with their responses, padded on the right. The response mask covers the response, its end token included.</summary>
    /// <param name="prompts">The prompts; they may be empty.</param>
    /// <param name="responses">As many responses; they may be empty.</param>
    /// <param name="options">Padding id and limits.</param>
    /// <exception cref="ArgumentException">
    /// The counts differ, or a row is too long under a rule that refuses; the message names the row.
    /// </exception>
    public static TokenBatch PromptsWithResponses(
        IReadOnlyList<IReadOnlyList<int>> prompts, IReadOnlyList<IReadOnlyList<int>> responses, CollationOptions options)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(responses);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (prompts.Count != responses.Count)
        {
            throw new ArgumentException(
                $"'{nameof(prompts)}' has {prompts.Count} rows but '{nameof(responses)}' has {responses.Count}; they must be equal.");
        }

        return Pad(
            [.. prompts.Zip(responses).Select((pair, row) => Fit(pair.First, pair.Second, options, row))], PaddingSide.Right, options);
    }

    private static (IReadOnlyList<int> Prompt, IReadOnlyList<int> Response) Fit(
        IReadOnlyList<int> prompt, IReadOnlyList<int> response, CollationOptions options, int row)
    {
        if (options.MaxLength is not { } most || prompt.Count + response.Count <= most)
        {
            return (prompt, response);
        }

        var roomForPrompt = most - response.Count;
        return options.LongText switch
        {
            LongTextRule.KeepPromptEnd when roomForPrompt > 0 => ([.. prompt.TakeLast(roomForPrompt)], response),
            LongTextRule.KeepPromptStart when roomForPrompt > 0 => ([.. prompt.Take(roomForPrompt)], response),
            LongTextRule.CutResponseEnd when prompt.Count < most => (prompt, [.. response.Take(most - prompt.Count)]),
            _ => throw new ArgumentException(
                $"Row {row} has {prompt.Count} prompt and {response.Count} response tokens; at most {most} fit, and the rule " +
                $"{options.LongText} "
                + $"does not shorten it. Shorten the text, leave it out, or choose another {nameof(LongTextRule)}."),
        };
    }

    private static TokenBatch Pad(
        (IReadOnlyList<int> Prompt, IReadOnlyList<int> Response)[] rows, PaddingSide side, CollationOptions options)
    {
        var longest = rows.Select(row => row.Prompt.Count + row.Response.Count).DefaultIfEmpty().Max();
        var columns = Math.Max(longest, options.MinColumns ?? 0);
        columns = (columns + options.ColumnMultiple - 1) / options.ColumnMultiple * options.ColumnMultiple;
        var batch = new TokenBatch(new int[rows.Length][], new bool[rows.Length][], new bool[rows.Length][]);
        for (var row = 0; row < rows.Length; row++)
        {
            var (prompt, response) = rows[row];
            var length = prompt.Count + response.Count;
            var start = side == PaddingSide.Left ? columns - length : 0;
            var before = Enumerable.Repeat(options.PadId, start);
            var after = Enumerable.Repeat(options.PadId, columns - start - length);
            batch.Ids[row] = [.. before, .. prompt, .. response, .. after];
            batch.AttentionMask[row] = Range(columns, start, start + length);
            batch.ResponseMask[row] = Range(columns, start + prompt.Count, start + length);
        }

        return batch;
    }

    private static bool[] Range(int columns, int start, int end)
    {
        var mask = new bool[columns];
        mask.AsSpan(start, end - start).Fill(true);
        return mask;
    }
}
