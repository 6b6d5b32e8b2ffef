namespace PreferenceTuning.Trainers;

/// <summary>Rows that go through the model together, and what their summed token losses are divided by.</summary>
/// <param name="Rows">Rows of the rollout.</param>
/// <param name="PolicyDenominator">Divides the sum of the policy's token losses.</param>
/// <param name="ValueDenominator">Divides the sum of the value function's token losses.</param>
public sealed record PpoMicroBatch(IReadOnlyList<int> Rows, double PolicyDenominator, double ValueDenominator);

/// <summary>One optimizer step.</summary>
/// <param name="MicroBatches">Their gradients are added up.</param>
public sealed record PpoMiniBatch(IReadOnlyList<PpoMicroBatch> MicroBatches)
{
    /// <summary>All rows of the step.</summary>
    public IReadOnlyList<int> Rows => [.. MicroBatches.SelectMany(micro => micro.Rows)];
}

/// <summary>
/// Which rows one epoch visits in which order: a pure function of token counts and a permutation, so that recorded runs of other
/// libraries can be replayed with their own order.
/// </summary>
/// <param name="PolicyTokens">For each row of the rollout, how many tokens count in the policy loss.</param>
/// <param name="ValueTokens">For each row, how many tokens count in the value loss.</param>
/// <param name="Lengths">For each row, how many tokens a forward pass reads.</param>
/// <param name="Permutation">The rows in the order of this epoch.</param>
public sealed record PpoPlanInputs(
    IReadOnlyList<int> PolicyTokens,
    IReadOnlyList<int> ValueTokens,
    IReadOnlyList<int> Lengths,
    IReadOnlyList<int> Permutation);
