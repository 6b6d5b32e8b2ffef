using PreferenceTuning.Numerics;
using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>The weighted sum of several reward functions.</summary>
public sealed class WeightedRewardFunction : IRewardFunction
{
    private readonly IReadOnlyList<(IRewardFunction Function, double Weight)> _parts;

    /// <param name="parts">At least one, each with a finite weight.</param>
    public WeightedRewardFunction(params IReadOnlyList<(IRewardFunction Function, double Weight)> parts)
    {
        if (parts.Count == 0 || parts.Any(part => !double.IsFinite(part.Weight)))
        {
            throw new ArgumentException(
                "A weighted reward needs at least one function, and every weight must be a finite number.", nameof(parts));
        }

        _parts = parts;
    }

    /// <inheritdoc/>
    public Tensor Score(RolloutBatch rollouts)
    {
        using var scope = NewDisposeScope();
        var total = zeros(rollouts.Count, device: rollouts.PromptIds.device);
        foreach (var (function, weight) in _parts)
        {
            var scores = function.Score(rollouts);
            Check.Rank(scores, 1);
            Check.Size(scores, 0, rollouts.Count);
            total += scores * weight;
        }

        return total.MoveToOuterDisposeScope();
    }
}
