using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>
/// Rows of a rollout on their way through the models: cut to the columns that hold tokens, results back as [b, T] with zeros elsewhere.
/// </summary>
internal sealed class ResponseForward
{
    private readonly Tensor _ids;
    private readonly Tensor _mask;
    private readonly Tensor _used;
    private readonly Tensor _sources;
    private readonly int _firstResponse;
    private readonly int _width;
    private readonly int _fullWidth;

    /// <param name="rows">The rows to compute.</param>
    /// <param name="used">[b, T] bool, true where any result is wanted; trailing columns without one are not computed.</param>
    public ResponseForward(RolloutBatch rows, Tensor used)
    {
        var skip = FirstKept(rows.PromptMask);
        _fullWidth = rows.ResponseLength;
        _width = Math.Max(1, LastKept(used));
        _firstResponse = rows.PromptLength - skip;
        _ids = cat([rows.PromptIds.slice(1, skip, rows.PromptLength, 1), rows.ResponseIds.slice(1, 0, _width, 1)], dim: 1);
        _mask = cat([rows.PromptMask.slice(1, skip, rows.PromptLength, 1), rows.ResponseMask.slice(1, 0, _width, 1)], dim: 1);

        // A micro-batch in which nothing is used still has to pass, with one state that nobody reads.
        _used = used.slice(1, 0, _width, 1).reshape(-1).nonzero().squeeze(1);
        _sources = _used.shape[0] > 0 ? Columns(_used, _firstResponse - 1) : zeros(1, ScalarType.Int64, _used.device);
    }

    /// <summary>[N, D], the states before the used tokens, differentiable where the model is.</summary>
    public Tensor Hidden(DecoderModel decoder) => decoder.HiddenAt(_ids, _mask, _sources);

    /// <summary>Log-probs and entropies of the response tokens inside the mask, [b, T] nats.</summary>
    /// <param name="model">The policy or the reference.</param>
    /// <param name="hidden">Its <see cref="Hidden"/>.</param>
    /// <param name="mask">[b, T] bool, nowhere true where nothing is used.</param>
    /// <param name="temperature">Divides the logits.</param>
    public (Tensor LogProbs, Tensor Entropies) LogProbs(PolicyModel model, Tensor hidden, Tensor mask, double temperature)
    {
        var inside = Inside(mask);
        var kept = _used.index_select(0, inside);
        var targets = _ids.reshape(-1).index_select(0, Columns(kept, _firstResponse));
        var (logProbs, entropies) = model.Placed(hidden.index_select(0, inside), targets, kept, mask.slice(1, 0, _width, 1), temperature);
        return (Pad(logProbs), Pad(entropies));
    }

    /// <summary>Values at the response tokens inside the mask (each predicted before its token is read), [b, T].</summary>
    public Tensor Values(ValueModel model, Tensor policyHidden, Tensor mask)
    {
        var inside = Inside(mask);
        var values = model.ValuesFromHidden(model.Kind == ValueTrunk.Own ? Hidden(model.Trunk) : policyHidden);
        return Pad(Masked.Place(values.index_select(0, inside), _used.index_select(0, inside), [mask.shape[0], _width]));
    }

    /// <summary>Reference log-probs [B, T] and values [B, T] of a whole rollout, in micro-batches. No gradient.</summary>
    public static (Tensor RefLogProbs, Tensor Values) Evaluate(
        RolloutBatch rollouts, Tensor policyMask, Tensor valueMask, PolicyModel policy, PolicyModel reference, ValueModel value, PpoOptions options)
    {
        using var scope = NewDisposeScope();
        var lengths = rollouts.SequenceMask().sum(dim: 1, type: ScalarType.Int64).cpu().data<long>().Select(n => (int)n).ToArray();
        var dtype = policy.Decoder.Dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var refLogProbs = zeros(rollouts.ResponseIds.shape, dtype, rollouts.ResponseIds.device);
        var values = zeros_like(refLogProbs);
        foreach (var group in MicroBatching.ByTokens(lengths, options.MicroBatchTokens))
        {
            using var micro = NewDisposeScope();
            var index = tensor(group.Select(row => (long)row).ToArray(), device: rollouts.ResponseIds.device);
            var policyRows = policyMask.index_select(0, index);
            var valueRows = valueMask.index_select(0, index);
            var forward = new ResponseForward(rollouts.Rows(group), policyRows.logical_or(valueRows));
            var (logProbs, _) = forward.LogProbs(reference, forward.Hidden(reference.Decoder), policyRows, options.Temperature);
            refLogProbs.index_copy_(0, index, logProbs.to(dtype));
            var hidden = value.Kind != ValueTrunk.Own ? forward.Hidden(policy.Decoder) : refLogProbs;
            values.index_copy_(0, index, forward.Values(value, hidden, valueRows).to(dtype));
        }

        return (refLogProbs.MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }

    // Which of the used tokens are inside a mask, [M].
    private Tensor Inside(Tensor mask) => mask.slice(1, 0, _width, 1).reshape(-1).index_select(0, _used).nonzero().squeeze(1);

    // From places in the flattened [b, width] to those in the flattened [b, S], where column 0 becomes the given one.
    private Tensor Columns(Tensor places, long first) =>
        (places.div(_width, RoundingMode.floor) * _ids.shape[1]) + places.remainder(_width) + first;

    private Tensor Pad(Tensor columns) =>
        _width == _fullWidth ? columns : nn.functional.pad(columns, [0, _fullWidth - _width]);

    private static int FirstKept(Tensor mask)
    {
        using var scope = NewDisposeScope();
        return (int)mask.any(0).nonzero()[0, 0].item<long>();
    }

    private static int LastKept(Tensor mask)
    {
        using var scope = NewDisposeScope();
        var columns = mask.any(0).nonzero();
        return columns.shape[0] == 0 ? 0 : (int)columns[-1, 0].item<long>() + 1;
    }
}
