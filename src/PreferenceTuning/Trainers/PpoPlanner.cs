using PreferenceTuning.Optimization;

namespace PreferenceTuning.Trainers;

/// <summary>Cuts an epoch into optimizer steps and micro-batches.</summary>
public static class PpoPlanner
{
    /// <summary>
    /// Mini-batches of equal size in the order of the permutation, each cut into micro-batches of similar length that hold at most
    /// <paramref name="microBatchTokens"/> tokens. The denominators are the token counts of the whole mini-batch.
    /// </summary>
    /// <exception cref="ArgumentException">Fewer rows than mini-batches.</exception>
    public static IReadOnlyList<PpoMiniBatch> Plan(PpoPlanInputs inputs, int miniBatches, int microBatchTokens)
    {
        var rows = inputs.Permutation;
        if (rows.Count < miniBatches)
        {
            throw new ArgumentException(
                $"A rollout of {rows.Count} responses cannot be cut into {miniBatches} mini-batches; answer more prompts or ask for fewer.",
                nameof(miniBatches));
        }

        return [.. Enumerable.Range(0, miniBatches).Select(i =>
        {
            var start = (int)((long)rows.Count * i / miniBatches);
            var end = (int)((long)rows.Count * (i + 1) / miniBatches);
            return MiniBatch(inputs, [.. rows.Skip(start).Take(end - start)], microBatchTokens);
        })];
    }

    private static PpoMiniBatch MiniBatch(PpoPlanInputs inputs, int[] rows, int microBatchTokens)
    {
        // A mini-batch without a single token (all responses empty) has no gradient; 1 keeps its loss 0 instead of 0/0.
        var policy = Math.Max(1, rows.Sum(row => inputs.PolicyTokens[row]));
        var value = Math.Max(1, rows.Sum(row => inputs.ValueTokens[row]));
        var groups = MicroBatching.ByTokens([.. rows.Select(row => inputs.Lengths[row])], microBatchTokens);
        return new PpoMiniBatch([.. groups.Select(group => new PpoMicroBatch([.. group.Select(i => rows[i])], policy, value))]);
    }
}
