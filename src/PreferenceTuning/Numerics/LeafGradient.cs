using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>
/// Where the gradient of a weight is summed. A float32 or float64 leaf's own <c>grad</c> is used directly: returned through autograd
/// it would exist twice (libtorch copies a gradient that someone else still holds), and for the head of a language model that
/// is the largest tensor of the step. 16-bit weights are summed in float32 and rounded once.
/// </summary>
internal sealed class LeafGradient
{
    private static readonly Scalar One = 1.0; // Not a new one for each call, which only the garbage collector frees.
    private readonly Tensor _weight;
    private readonly Tensor _sum;
    private readonly bool _direct;
    private bool _isEmpty;

    public LeafGradient(Tensor weight)
        : this(weight, IsDirect(weight))
    {
    }

    private LeafGradient(Tensor weight, bool direct)
    {
        (_weight, _direct) = (weight, direct);
        _isEmpty = !direct || weight.grad is null;
        if (!direct)
        {
            _sum = empty_like(weight, HeadChunks.Is16Bit(weight.dtype) ? ScalarType.Float32 : weight.dtype);
            return;
        }

        if (_isEmpty)
        {
            weight.grad = empty_like(weight);
        }

        _sum = weight.grad!;
    }

    /// <summary>A sum in memory of its own, for a gradient that is not final yet.</summary>
    public static LeafGradient Apart(Tensor weight) => new(weight, direct: false);

    /// <summary>
    /// Adds a finished gradient times a factor, and returns what the backward function returns for the weight. The first
    /// gradient of a leaf becomes its <c>grad</c> itself; libtorch then refuses a second backward pass over the same graph.
    /// </summary>
    public static Tensor? AddScaled(Tensor weight, Tensor gradient, double factor)
    {
        if (!IsDirect(weight))
        {
            return gradient * factor;
        }

        if (weight.grad is { } sum)
        {
            sum.add_(gradient, factor);
        }
        else
        {
            weight.grad = gradient.mul_(factor);
        }

        return null;
    }

    private static bool IsDirect(Tensor weight) => weight.is_leaf && !HeadChunks.Is16Bit(weight.dtype);

    public void Add(Tensor part)
    {
        _ = _isEmpty ? _sum.copy_(part) : _sum.add_(part, One);
        _isEmpty = false;
    }

    /// <summary>Adds <c>left^T right</c>.</summary>
    public void AddProduct(Tensor left, Tensor right)
    {
        MatrixProducts.AddTransposedProduct(_sum, left, right, overwrite: _isEmpty);
        _isEmpty = false;
    }

    /// <summary>Adds the rows of <paramref name="part"/> [N, D] to the rows <paramref name="indices"/> [N] of the sum, one after the other.</summary>
    public void AddRows(Tensor indices, Tensor part)
    {
        Fill();
        _sum.index_add_(0, indices, part.to_type(_sum.dtype), One);
    }

    /// <summary>What the backward function returns for the weight: nothing when its <c>grad</c> has it already.</summary>
    public Tensor? Returned()
    {
        Fill(); // Where there was nothing to add.
        return _direct ? null : _sum.dtype == _weight.dtype ? _sum : _sum.to_type(_weight.dtype);
    }

    private void Fill()
    {
        if (_isEmpty)
        {
            _sum.zero_();
        }

        _isEmpty = false;
    }
}
