using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Rollouts;

/// <summary>
/// Prompts and their responses: what was asked, what was drawn, and how likely it was when it was drawn.
/// B responses (those of one prompt stand together), P prompt tokens (left padded), T response tokens (right padded).
/// </summary>
/// <param name="PromptIds">[B, P] int64.</param>
/// <param name="PromptMask">[B, P] bool, true = keep.</param>
/// <param name="ResponseIds">[B, T] int64.</param>
/// <param name="ResponseMask">[B, T] bool, true = keep, through the token that ended the response.</param>
/// <param name="OldLogProbs">[B, T] float32, nats, of the sampling policy at its temperature; 0 outside the mask.</param>
/// <param name="Finished">[B] bool: ended by a stop token or text, not by the length limit.</param>
public sealed record RolloutBatch(
    Tensor PromptIds,
    Tensor PromptMask,
    Tensor ResponseIds,
    Tensor ResponseMask,
    Tensor OldLogProbs,
    Tensor Finished) : IDisposable
{
    /// <summary>B.</summary>
    public int Count => (int)PromptIds.shape[0];

    /// <summary>P.</summary>
    public int PromptLength => (int)PromptIds.shape[1];

    /// <summary>T.</summary>
    public int ResponseLength => (int)ResponseIds.shape[1];

    /// <summary>[B, P + T] int64, prompt and response.</summary>
    public Tensor SequenceIds() => cat([PromptIds, ResponseIds], dim: 1);

    /// <summary>[B, P + T] bool, true = a token of the prompt or of the response.</summary>
    public Tensor SequenceMask() => cat([PromptMask, ResponseMask], dim: 1);

    /// <summary>The rows in the given order, as new tensors.</summary>
    public RolloutBatch Rows(IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        var index = tensor(rows.Select(row => (long)row).ToArray(), device: PromptIds.device);
        return Map(t => t.index_select(0, index).MoveToOuterDisposeScope());
    }

    /// <summary>Checks that the shapes fit together.</summary>
    /// <exception cref="ArgumentException">With the tensor's name, its shape and the expected one.</exception>
    public RolloutBatch Checked()
    {
        Check.Rank(PromptIds, 2);
        Check.Rank(ResponseIds, 2);
        Check.SameShape(PromptMask, PromptIds);
        Check.SameShape(ResponseMask, ResponseIds);
        Check.SameShape(OldLogProbs, ResponseIds);
        Check.Mask(PromptMask);
        Check.Mask(ResponseMask);
        Check.Size(ResponseIds, 0, Count);
        Check.Size(Finished, 0, Count);
        return this;
    }

    /// <summary>The tokens of prompt <paramref name="row"/>, padding left out.</summary>
    public int[] PromptTokens(int row) => Kept(PromptIds, PromptMask, row);

    /// <summary>The tokens of response <paramref name="row"/>, padding left out.</summary>
    public int[] ResponseTokens(int row) => Kept(ResponseIds, ResponseMask, row);

    /// <summary>Hands the tensors to the scope that encloses the present one.</summary>
    public RolloutBatch MoveToOuterScope() => Map(t => t.MoveToOuterDisposeScope());

    /// <inheritdoc/>
    public void Dispose() => Map(t =>
    {
        t.Dispose();
        return t;
    });

    private RolloutBatch Map(Func<Tensor, Tensor> map) =>
        new(map(PromptIds), map(PromptMask), map(ResponseIds), map(ResponseMask), map(OldLogProbs), map(Finished));

    private static int[] Kept(Tensor ids, Tensor mask, int row)
    {
        using var scope = NewDisposeScope();
        return [.. ids[row].masked_select(mask[row]).cpu().data<long>().Select(id => (int)id)];
    }
}
