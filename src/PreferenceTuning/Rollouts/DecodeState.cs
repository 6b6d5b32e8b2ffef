using PreferenceTuning.Models;
using PreferenceTuning.Numerics.Native;
using PreferenceTuning.Tokenization;
using static TorchSharp.torch;

namespace PreferenceTuning.Rollouts;

/// <summary>The rows that are still being drawn: their cache, key mask, positions and next logits, all in the same row order.</summary>
internal sealed class DecodeState : IDisposable
{
    // Rows are copied out of the cache once an eighth of them has finished: dropping each one at once would copy more than it saves.
    private const int DropShare = 8;

    private readonly KeyValueCache _cache;
    private List<ResponseBuffer> _rows;
    private Tensor _mask;
    private Tensor _positions;
    private Tensor _logits;

    private DecodeState(KeyValueCache cache, List<ResponseBuffer> rows, Tensor mask, Tensor positions, Tensor logits)
    {
        _cache = cache;
        _rows = rows;
        _mask = mask;
        _positions = positions;
        _logits = logits;
    }

    /// <summary>Rows that are still computed, those that have finished but not left yet included.</summary>
    public long Rows => _cache.Batch;

    /// <summary>Computes each prompt once and branches its cache to its responses.</summary>
    public static DecodeState Prefill(PolicyModel policy, IReadOnlyList<Prompt> prompts, List<ResponseBuffer> rows, SamplingOptions options)
    {
        var (ids, mask) = RolloutAssembly.LeftPad(prompts, options.PadToken, policy.Decoder.Device);
        var cache = policy.Decoder.NewCache(prompts.Count, ids.shape[1] + options.MaxNewTokens);
        try
        {
            return Prefill(policy, cache, ids, mask, rows, options);
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    private static DecodeState Prefill(
        PolicyModel policy, KeyValueCache cache, Tensor ids, Tensor mask, List<ResponseBuffer> rows, SamplingOptions options)
    {
        using var scope = NewDisposeScope();
        var (prompts, length) = (ids.shape[0], ids.shape[1]);
        var hidden = policy.Decoder.Hidden(ids, mask, positions: null, cache);
        var logits = policy.Decoder.Head.Logits(hidden.select(1, length - 1));
        var perPrompt = options.ResponsesPerPrompt;
        var branch = arange(prompts, dtype: ScalarType.Int64, device: policy.Decoder.Device).repeat_interleave(perPrompt);
        if (perPrompt > 1)
        {
            cache.SelectRows(branch);
        }

        // Keys of the whole capacity are marked now: those not written yet are cut off by the cache's length.
        var keys = cat([mask, ones(prompts, options.MaxNewTokens, dtype: ScalarType.Bool, device: policy.Decoder.Device)], dim: 1);
        return new DecodeState(
            cache,
            rows,
            keys.index_select(0, branch).MoveToOuterDisposeScope(),
            mask.sum(dim: 1, type: ScalarType.Int64).index_select(0, branch).MoveToOuterDisposeScope(),
            logits.index_select(0, branch).MoveToOuterDisposeScope());
    }

    /// <summary>Draws the next token of every row that goes on, rows shared out among threads.</summary>
    /// <param name="samplers">One for each thread.</param>
    /// <param name="tokenizer">For stop strings.</param>
    public unsafe void Draw(ThreadLocal<TokenSampler> samplers, TextTokenizer? tokenizer)
    {
        using var scope = NewDisposeScope();
        var logits = _logits.to(ScalarType.Float32).cpu().contiguous();
        var (memory, width) = ((nint)TensorMemory.Pointer(logits), (int)logits.shape[1]);
        int[] open = [.. Enumerable.Range(0, _rows.Count).Where(i => !_rows[i].Finished)];
        var drawn = new SampledToken[open.Length];
        RowLoop.Run(open.Length, grain: 1, (begin, end) =>
        {
            for (var i = begin; i < end; i++)
            {
                var row = new ReadOnlySpan<float>((float*)memory + (open[i] * (long)width), width);
                drawn[i] = _rows[open[i]].Draw(samplers.Value!, row);
            }
        });
        GC.KeepAlive(logits);
        foreach (var (row, token) in open.Zip(drawn))
        {
            _rows[row].Add(token, tokenizer);
        }
    }

    /// <summary>Drops finished rows from the cache where that pays; false when no row is left.</summary>
    public bool DropFinished()
    {
        var kept = Enumerable.Range(0, _rows.Count).Where(i => !_rows[i].Finished).Select(i => (long)i).ToArray();
        if (kept.Length == 0)
        {
            return false;
        }

        if ((_rows.Count - kept.Length) * DropShare >= _rows.Count)
        {
            using var scope = NewDisposeScope();
            var index = tensor(kept, device: _mask.device);
            _cache.SelectRows(index);
            Replace(ref _mask, _mask.index_select(0, index));
            Replace(ref _positions, _positions.index_select(0, index));
            _rows = [.. kept.Select(i => _rows[(int)i])];
        }

        return true;
    }

    /// <summary>Feeds the drawn tokens and computes the next logits. A finished row that has not left yet is fed its last token again, unread.</summary>
    public void Advance(PolicyModel policy)
    {
        using var scope = NewDisposeScope();
        var tokens = tensor(_rows.Select(row => (long)row.Tokens[^1]).ToArray(), device: _mask.device).unsqueeze(1);
        var seen = _mask.narrow(1, 0, _cache.Length + 1);
        var hidden = policy.Decoder.Hidden(tokens, seen, _positions.unsqueeze(1), _cache);
        Replace(ref _logits, policy.Decoder.Head.Logits(hidden.select(1, 0)));
        Replace(ref _positions, _positions + 1);
    }

    /// <summary>Releases the cache, which belongs to no scope, and the rest.</summary>
    public void Dispose()
    {
        _cache.Dispose();
        _mask.Dispose();
        _positions.Dispose();
        _logits.Dispose();
    }

    private static void Replace(ref Tensor held, Tensor fresh)
    {
        held.Dispose();
        held = fresh.MoveToOuterDisposeScope();
    }
}
