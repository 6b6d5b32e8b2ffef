using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>
/// A pairwise preference loss: log-probabilities of policy and frozen reference in, one loss per pair out, not averaged. A new loss is
/// one method of this shape.
/// </summary>
/// <param name="policy">The model that is trained; gradients flow through its sums.</param>
/// <param name="reference">The frozen reference on the same pairs.</param>
public delegate PreferenceLossResult PreferenceLossFunction(PairLogProbs policy, PairLogProbs reference);

/// <summary>What a preference loss returns for each pair, unreduced: the trainer divides once.</summary>
/// <param name="Losses">[B], differentiable.</param>
/// <param name="ChosenRewards">[B], detached: the implicit reward <c>beta * (log pi - log ref)</c> of the chosen response.</param>
/// <param name="RejectedRewards">[B], detached: the same of the rejected response. Their difference is the margin.</param>
public sealed record PreferenceLossResult(Tensor Losses, Tensor ChosenRewards, Tensor RejectedRewards);
