using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>Which key each query sees, and where each token stands.</summary>
internal static class AttentionMasks
{
    private static readonly Scalar One = 1;
    private static readonly Scalar Zero = 0;
    private static readonly Scalar Dropped = double.NegativeInfinity;

    /// <summary><c>max(cumsum(mask) - 1, 0)</c> of the last T columns, [B, T] (or [1, T] without a mask), int64.</summary>
    public static Tensor Positions(Tensor? attentionMask, long length, long total, Device device) =>
        attentionMask is null
            ? arange(total - length, total, dtype: ScalarType.Int64, device: device).unsqueeze(0)
            : attentionMask.cumsum(1).sub(One).clamp_min(Zero).narrow(1, total - length, length);

    /// <summary>Whether a query's keys can be given one by one: no penalty or window that counts columns as distances.</summary>
    public static bool TakesSegments(DecoderConfig config) => config.Positions != PositionKind.Alibi && config.Window is null;

    /// <summary>What is added to the scores where each query's keys are given, [B, 1, T, T].</summary>
    /// <param name="seen">[B, T, T] bool, true = query t sees key s; each query sees itself.</param>
    /// <param name="dtype">The type to compute in.</param>
    public static Tensor Additive(Tensor seen, ScalarType dtype) =>
        zeros([1, 1, 1, 1], dtype: dtype, device: seen.device).masked_fill(seen.unsqueeze(1).logical_not(), Dropped);

    /// <summary>
    /// What is added to the scores, [B or 1, H or 1, T, S]: 0 or ALiBi's penalty where a key is seen, minus infinity
    /// elsewhere. Null where causal order alone does it: no padding, or padding on the right only, which no real token
    /// can see anyway. A query always sees itself, so that a padded row gives finite numbers.
    /// </summary>
    public static Tensor? Additive(
        DecoderConfig config, Tensor? attentionMask, long length, long total, int? window, ScalarType dtype, Device device)
    {
        var alibi = config.Positions == PositionKind.Alibi;
        var narrowed = window is { } size && size < total;
        if (!alibi && !narrowed && config.AttentionSoftCap is null && CausalIsEnough(attentionMask, length, total))
        {
            return null;
        }

        if (length == 1 && attentionMask is not null && !alibi)
        {
            return ForOneToken(attentionMask, total, narrowed ? window!.Value : total, dtype);
        }

        var keys = arange(total, dtype: ScalarType.Int64, device: device);
        var queries = keys.narrow(0, total - length, length).unsqueeze(1);
        var keep = keys.le(queries);
        if (narrowed)
        {
            keep = keep.logical_and(keys.gt(queries.sub(window!.Value)));
        }

        keep = attentionMask is null
            ? keep.unsqueeze(0)
            : keep.logical_and(attentionMask.unsqueeze(1).logical_or(keys.eq(queries)));
        var seen = keep.unsqueeze(1);
        var penalty = alibi ? AlibiBias.Compute(config, keys, dtype) : zeros([1, 1, 1, 1], dtype: dtype, device: device);
        return penalty.masked_fill(seen.logical_not(), Dropped);
    }

    // The decode step, where every small operator counts: the mask is the row itself, cut to the window.
    private static Tensor ForOneToken(Tensor attentionMask, long total, long window, ScalarType dtype)
    {
        var dropped = attentionMask.logical_not();
        dropped.narrow(1, total - 1, 1).fill_(false);
        if (window < total)
        {
            dropped.narrow(1, 0, total - window).fill_(true);
        }

        return zeros([attentionMask.shape[0], 1, 1, total], dtype: dtype, device: attentionMask.device)
            .masked_fill_(dropped.view(-1, 1, 1, total), Dropped);
    }

    private static bool CausalIsEnough(Tensor? attentionMask, long length, long total)
    {
        if (attentionMask is null)
        {
            // The built-in causal order is that of equal lengths; one new token sees everything anyway.
            return length == total || length == 1;
        }

        if (length != total)
        {
            return false;
        }

        using var reappears = total == 1
            ? attentionMask.logical_not()
            : attentionMask.narrow(1, 1, total - 1).logical_and(attentionMask.narrow(1, 0, total - 1).logical_not());
        return total == 1 || !reappears.any().item<bool>();
    }
}
