namespace PreferenceTuning.Optimization;

/// <summary>Splits an optimizer batch into forward/backward passes of similar length, so that little padding is computed.</summary>
public static class MicroBatching
{
    /// <summary>
    /// Groups sequences by length, longest first, into as few micro-batches as <c>rows x longest &lt;= tokenBudget</c> allows, and
    /// these as alike in size as can be: no last one of a few rows, and no more memory than their number needs.
    /// Deterministic; equal lengths keep their order. The result does not change the gradient as long as the loss is divided by the
    /// count of the whole optimizer batch.
    /// </summary>
    /// <param name="lengths">Tokens of each sequence, each at least 1.</param>
    /// <param name="tokenBudget">
    /// The largest number of tokens, padding included, of one micro-batch; greater than 0. A longer sequence is a micro-batch by
    /// itself.
    /// </param>
    /// <param name="maxRows">The largest number of sequences of one micro-batch; not given = no limit.</param>
    /// <returns>Indices into <paramref name="lengths"/>: each exactly once.</returns>
    public static IReadOnlyList<IReadOnlyList<int>> ByTokens(IReadOnlyList<int> lengths, int tokenBudget, int? maxRows = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokenBudget);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows ?? 1, nameof(maxRows));
        for (var i = 0; i < lengths.Count; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lengths[i], $"lengths[{i}]");
        }

        int[] order = [.. Enumerable.Range(0, lengths.Count).OrderByDescending(i => lengths[i]).ThenBy(i => i)];
        var fewest = Fill(order, lengths, tokenBudget, maxRows).Count;
        var (tooSmall, enough) = (0, tokenBudget);
        while (enough - tooSmall > 1)
        {
            var middle = tooSmall + ((enough - tooSmall) / 2);
            (tooSmall, enough) = Fill(order, lengths, middle, maxRows).Count > fewest ? (middle, enough) : (tooSmall, middle);
        }

        return Fill(order, lengths, enough, maxRows);
    }

    private static List<List<int>> Fill(int[] order, IReadOnlyList<int> lengths, int budget, int? maxRows)
    {
        var batches = new List<List<int>>();
        var longest = 0;
        foreach (var index in order)
        {
            var rows = batches.Count == 0 ? 0 : batches[^1].Count;
            if (rows == 0 || (rows + 1L) * longest > budget || rows == maxRows)
            {
                longest = lengths[index];
                batches.Add([]);
            }

            batches[^1].Add(index);
        }

        return batches;
    }
}
