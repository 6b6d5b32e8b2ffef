using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>
/// A linear map of a decoder, of one tensor or of several that lie one after the other in one memory block (queries, keys,
/// values; gate, up). The parts are the parameters; without gradients the block is applied as one matrix product.
/// </summary>
internal sealed class Projection
{
    private readonly Tensor _block;
    private readonly Tensor? _blockBias;
    private readonly Tensor[] _weights;
    private readonly Tensor?[] _biases;
    private readonly long[] _rows;
    private readonly bool _transposed;

    /// <param name="block">[out, in] without gradient: the memory of all parts ([in, out] where transposed).</param>
    /// <param name="blockBias">[out] likewise, or null.</param>
    /// <param name="weights">The parameters, in order.</param>
    /// <param name="biases">Their biases; each null where the map has none.</param>
    /// <param name="transposed">Whether the file holds [in, out] (GPT-2); one part only.</param>
    public Projection(Tensor block, Tensor? blockBias, Tensor[] weights, Tensor?[] biases, bool transposed)
    {
        _block = block;
        _blockBias = blockBias;
        _weights = weights;
        _biases = biases;
        _transposed = transposed;
        _rows = [.. weights.Select(weight => weight.shape[0])];
    }

    /// <summary>Whether one matrix product serves all parts: always for one part, else where no gradient is asked for.</summary>
    public bool IsOneProduct => _weights.Length == 1 || !NeedsGradient;

    private bool NeedsGradient => is_grad_enabled()
        && (Array.Exists(_weights, weight => weight.requires_grad) || Array.Exists(_biases, bias => bias is { requires_grad: true }));

    /// <summary>All parts side by side, [..., out].</summary>
    public Tensor Apply(Tensor x) => Apply(new Normed(x));

    /// <summary>The same.</summary>
    public Tensor Apply(Normed x)
    {
        if (!IsOneProduct)
        {
            return cat(ApplyParts(x), -1);
        }

        var (weight, bias) = Whole();
        return Operators.Linear(x.Value, weight, bias, _transposed, x.Remade);
    }

    /// <summary>The nonlinearity first, times <paramref name="up"/> where there is a gate; for a map of one part.</summary>
    public Tensor ApplyActivated(Tensor x, Tensor? up, Activation activation)
    {
        var (weight, bias) = Whole();
        return Operators.ActivatedLinear(x, up, activation, weight, bias, _transposed);
    }

    // The parameter itself where its gradient may be asked for.
    private (Tensor Weight, Tensor? Bias) Whole() =>
        is_grad_enabled() && _weights.Length == 1 ? (_weights[0], _biases[0]) : (_block, _blockBias);

    /// <summary>Each part for itself.</summary>
    public Tensor[] ApplyParts(Normed x)
    {
        if (_weights.Length == 1)
        {
            return [Apply(x)];
        }

        return IsOneProduct
            ? Operators.Linear(x.Value, _block, _blockBias, _transposed, x.Remade).split(_rows, -1)
            : [.. _weights.Zip(_biases, (weight, bias) => Operators.Linear(x.Value, weight, bias, _transposed, x.Remade))];
    }
}
