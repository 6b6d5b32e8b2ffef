using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>
/// Log-probabilities of tokens and entropies of their distributions, <c>log softmax(logits / temperature)[target]</c> and
/// <c>-sum p log p</c>, in one pass over the logits. From hidden states, a chunk of rows at a time: its logits are computed,
/// read and forgotten, and computed again for the gradient, which is written over them; so the logits of a batch never exist.
/// </summary>
/// <remarks>
/// A token whose logit is -infinity has probability 0 and adds nothing to the entropy (0 log 0 = 0); everything else in its row
/// stays finite. On the CPU the work on logits is a vectorised loop over memory with sums in double precision; elsewhere it is
/// torch operators with the same formulas. Gradients flow to hidden states, head weight and bias, or to the logits. A head
/// weight that is a leaf receives its gradient directly in <c>grad</c>: use <see cref="CheckedBackward.Run"/> or
/// <c>backward()</c>, not <c>autograd.grad</c>.
/// </remarks>
public static class TokenLogProbs
{
    /// <summary>Log-probs and entropies from final hidden states.</summary>
    /// <param name="hidden">[N, D], after the final norm, at the positions that predict the targets.</param>
    /// <param name="head">The map to logits; its weight has the type of the hidden states.</param>
    /// <param name="targets">[N] int64, each in [0, V).</param>
    /// <param name="temperature">Divides the logits (after the soft cap); the sampling temperature of the rollout, so that the first importance ratio is 1.</param>
    /// <returns>[N] each.</returns>
    /// <exception cref="ArgumentException">Shapes, types or targets do not fit.</exception>
    public static TokenLogProbsResult FromHidden(Tensor hidden, OutputHead head, Tensor targets, double temperature = 1) =>
        FromHidden(hidden, head, targets, temperature, chunkRows: null);

    /// <summary>
    /// <c>sum w_i log p(target_i)</c> for weights known beforehand, as in supervised training: the gradient is computed with the
    /// forward pass, so that no logits are computed twice. The head weight's gradient exists from the forward pass on, once
    /// more than its <c>grad</c> where that holds an earlier one; one backward pass over the graph.
    /// </summary>
    /// <param name="hidden">[N, D], as in <see cref="FromHidden(Tensor, OutputHead, Tensor, double)"/>.</param>
    /// <param name="head">The map to logits.</param>
    /// <param name="targets">[N] int64, each in [0, V).</param>
    /// <param name="weights">[N], floating point, without a gradient, for example -1 / (tokens of the optimizer batch).</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <returns>The sum, and log-probs and entropies for metrics.</returns>
    /// <exception cref="ArgumentException">Shapes, types or targets do not fit, or the weights require a gradient.</exception>
    public static WeightedLogProbsResult WeightedSumFromHidden(Tensor hidden, OutputHead head, Tensor targets, Tensor weights, double temperature = 1) =>
        WeightedSumFromHidden(hidden, head, targets, weights, temperature, chunkRows: null);

    /// <summary>Log-probs and entropies from logits. The gradient is as large as the logits; prefer hidden states in training.</summary>
    /// <param name="logits">[N, V], floating point; 16-bit types are widened a chunk at a time.</param>
    /// <param name="targets">[N] int64, each in [0, V).</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <returns>[N] each.</returns>
    /// <exception cref="ArgumentException">Shapes, types or targets do not fit.</exception>
    public static TokenLogProbsResult FromLogits(Tensor logits, Tensor targets, double temperature = 1)
    {
        CheckedBackward.ThrowPending();
        Check.FloatingPoint(logits);
        Check.Rank(logits, 2);
        CheckTargets(targets, logits.shape[0], logits.shape[1]);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        using var scope = NewDisposeScope();
        var rows = logits.stride(1) == 1 ? logits : logits.contiguous();
        return Result(LogitsFunction.apply(rows, targets, temperature));
    }

    internal static TokenLogProbsResult FromHidden(Tensor hidden, OutputHead head, Tensor targets, double temperature, long? chunkRows)
    {
        CheckedBackward.ThrowPending();
        CheckHead(hidden, head);
        CheckTargets(targets, hidden.shape[0], head.Weight.shape[0]);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        using var scope = NewDisposeScope();
        var rows = chunkRows ?? HeadChunks.Rows(hidden, head.Weight);
        return Result(HiddenFunction.apply(hidden, head.Weight, head.Bias!, targets, new HeadOptions(head.LogitSoftCap, temperature, rows)));
    }

    internal static WeightedLogProbsResult WeightedSumFromHidden(
        Tensor hidden, OutputHead head, Tensor targets, Tensor weights, double temperature, long? chunkRows)
    {
        CheckedBackward.ThrowPending();
        CheckHead(hidden, head);
        CheckTargets(targets, hidden.shape[0], head.Weight.shape[0]);
        Check.FloatingPoint(weights);
        Check.SameShape(weights, targets);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        if (weights.requires_grad)
        {
            throw new ArgumentException($"'{nameof(weights)}' requires a gradient, which is not computed; use {nameof(FromHidden)}.", nameof(weights));
        }

        using var scope = NewDisposeScope();
        if (!is_grad_enabled() || !(hidden.requires_grad || head.Weight.requires_grad || head.Bias is { requires_grad: true }))
        {
            var plain = FromHidden(hidden, head, targets, temperature, chunkRows);
            return Moved((plain.LogProbs * weights).sum(), plain.LogProbs, plain.Entropies);
        }

        var options = new HeadOptions(head.LogitSoftCap, temperature, chunkRows ?? HeadChunks.Rows(hidden, head.Weight));
        var statistics = new List<Tensor>();
        var sum = WeightedFunction.apply(hidden, head.Weight, head.Bias!, targets, weights, options, statistics);
        var all = statistics.Count == 0 ? zeros(4, 0, dtype: ScalarType.Float64, device: hidden.device) : cat(statistics, 1);
        return Moved(sum, LogitsFunction.Outputs(all[3], hidden.dtype), LogitsFunction.Outputs(all[2], hidden.dtype));
    }

    private static WeightedLogProbsResult Moved(Tensor sum, Tensor logProbs, Tensor entropies) =>
        new(sum.MoveToOuterDisposeScope(), logProbs.MoveToOuterDisposeScope(), entropies.MoveToOuterDisposeScope());

    internal static void CheckHead(Tensor hidden, OutputHead head)
    {
        Check.FloatingPoint(hidden);
        Check.Rank(hidden, 2);
        Check.Rank(head.Weight, 2);
        Check.Size(head.Weight, 1, hidden.shape[1]);
        Check.SameType(head.Weight, hidden);

        if (head.Bias is { } bias)
        {
            Check.Rank(bias, 1);
            Check.Size(bias, 0, head.Weight.shape[0]);
        }

        if (head.LogitSoftCap is <= 0)
        {
            throw new ArgumentException($"'head.LogitSoftCap' is {head.LogitSoftCap}; a positive number, or null for none, was expected.", nameof(head));
        }
    }

    private static void CheckTargets(Tensor targets, long rows, long vocabulary)
    {
        Check.Rank(targets, 1);
        Check.Size(targets, 0, rows);
        if (targets.dtype != ScalarType.Int64)
        {
            throw new ArgumentException($"'{nameof(targets)}' has type {targets.dtype}; Int64 was expected.", nameof(targets));
        }

        if (rows == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var (least, greatest) = (targets.min().item<long>(), targets.max().item<long>());
        if (least < 0 || greatest >= vocabulary)
        {
            throw new ArgumentException(
                $"'{nameof(targets)}' holds {(least < 0 ? least : greatest)}; every target must be in [0, {vocabulary}), so leave masked positions out before the call.",
                nameof(targets));
        }
    }

    private static TokenLogProbsResult Result(Tensor both) =>
        new(both[0].MoveToOuterDisposeScope(), both[1].MoveToOuterDisposeScope());
}
