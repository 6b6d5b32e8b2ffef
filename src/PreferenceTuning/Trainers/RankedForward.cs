using System.Globalization;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>Groups of candidates on their way through a reward model.</summary>
internal static class RankedForward
{
    public static void Validate(IReadOnlyList<RankedExample> batch)
    {
        ArgumentOutOfRangeException.ThrowIfZero(batch.Count, nameof(batch));
        for (var i = 0; i < batch.Count; i++)
        {
            var (sequences, ranks) = (batch[i].Sequences, batch[i].Ranks);
            if (sequences.Count < 2 || ranks.Count != sequences.Count || sequences.Any(sequence => sequence.Count == 0))
            {
                throw new ArgumentException(
                    $"Group {i} has {sequences.Count} candidates and {ranks.Count} ranks; at least two candidates, each with tokens and " +
                    "a rank, are needed.",
                    nameof(batch));
            }

            var probability = batch[i].BetterProbability;
            if (probability is not (>= 0 and <= 1) || (probability != 1 && (ranks.Count != 2 || ranks[0] == ranks[1])))
            {
                throw new ArgumentException(
                    $"Group {i} has {nameof(RankedExample.BetterProbability)} {probability.ToString(CultureInfo.InvariantCulture)} and the ranks " +
                    $"{string.Join(", ", ranks)}; a probability from 0 to 1 was expected, and another one than 1 only for two candidates without a tie.",
                    nameof(batch));
            }
        }
    }

    public static IReadOnlyList<IReadOnlyList<int>> MicroBatches(IReadOnlyList<RankedExample> batch, int tokens) =>
        MicroBatching.ByTokens([.. batch.Select(group => group.Sequences.Count * group.Sequences.Max(sequence => sequence.Count))], tokens);

    public static RankedRewards Score(RewardModel model, IReadOnlyList<RankedExample> groups)
    {
        var forward = SequenceForward.Collate([.. groups.SelectMany(group => group.Sequences)], (_, _) => false, model.Trunk.Device);
        var flat = model.Scores(forward.Ids, forward.Mask);
        var width = groups.Max(group => group.Sequences.Count);
        var index = new long[groups.Count, width];
        var ranks = new long[groups.Count, width];
        var mask = new bool[groups.Count, width];
        for (int row = 0, next = 0; row < groups.Count; row++)
        {
            for (var k = 0; k < groups[row].Sequences.Count; k++)
            {
                index[row, k] = next++;
                ranks[row, k] = groups[row].Ranks[k];
                mask[row, k] = true;
            }
        }

        var rewards = flat.index_select(0, tensor(index, device: flat.device).flatten()).reshape(groups.Count, width);
        var margins = tensor(groups.Select(group => group.Margin).ToArray(), flat.dtype, flat.device);
        var probabilities = groups.All(group => group.BetterProbability == 1)
            ? null
            : tensor(groups.Select(group => group.BetterProbability).ToArray(), flat.dtype, flat.device);
        return new RankedRewards(rewards, tensor(ranks, device: flat.device), tensor(mask, device: flat.device), margins, probabilities);
    }
}

/// <summary>Sums over micro-batches, as plain numbers.</summary>
internal sealed class RankedTotals
{
    private double _right;
    private double _pairs;
    private double _margin;
    private double _score;
    private double _candidates;

    public double Loss { get; private set; }

    public void Add(double loss, RankedRewards ranked)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        Loss += loss;
        var better = ranked.Ranks.unsqueeze(2).lt(ranked.Ranks.unsqueeze(1))
            .logical_and(ranked.Mask.unsqueeze(2)).logical_and(ranked.Mask.unsqueeze(1));
        var difference = (ranked.Rewards.unsqueeze(2) - ranked.Rewards.unsqueeze(1)).masked_select(better);
        _right += difference.gt(0).sum().ToDouble();
        _pairs += difference.numel();
        _margin += difference.sum().ToDouble();
        var scores = ranked.Rewards.masked_select(ranked.Mask);
        _score += scores.sum().ToDouble();
        _candidates += scores.numel();
    }

    public RewardMetrics Metrics(long step, double gradientNorm, double learningRate, bool skipped) =>
        new(step, Loss, _right / _pairs, _margin / _pairs, _score / _candidates, gradientNorm, learningRate, skipped);
}
