using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PreferenceTuning.Models;

/// <summary>The tensor operators that a decoder is made of, in one place so that a faster version has one place to go.</summary>
internal static class Operators
{
    private static readonly Scalar Half = 0.5;
    private static readonly Scalar One = 1.0;
    private static readonly Scalar Cubic = 0.044715;
    private static readonly Scalar FastRoot = 0.7978845608;
    private static readonly Scalar BloomRoot = 0.79788456;

    /// <summary><c>x W^T + b</c>, or <c>x W + b</c> where the weight is stored transposed.</summary>
    /// <param name="x">[..., in].</param>
    /// <param name="weight">[out, in]; transposed [in, out].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="transposed">How the weight is stored.</param>
    /// <param name="remade">How to make x again, or null.</param>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias, bool transposed, Remade? remade = null) =>
        transposed ? MatrixProducts.LinearFromTransposed(x, weight, bias, remade) : MatrixProducts.Linear(x, weight, bias, remade);

    /// <summary>
    /// <c>x + y</c> of equal shapes. The operator <c>+</c> makes a factor 1 in native memory for each call, which only the garbage
    /// collector frees; between the large tensors of a step such crumbs keep freed memory from being joined.
    /// </summary>
    public static Tensor Add(Tensor x, Tensor y) => x.add(y, One);

    /// <summary>Row <c>indices[b, t]</c> of a table.</summary>
    /// <param name="table">[N, D].</param>
    /// <param name="indices">[B, T] int64.</param>
    /// <returns>[B, T, D].</returns>
    public static Tensor Lookup(Tensor table, Tensor indices) =>
        LookupFunction.Apply(table, indices.reshape(-1)).view(indices.shape[0], indices.shape[1], -1);

    /// <summary>Softmax attention. Grouped queries: query head h reads key-value head <c>h / (H / G)</c>.</summary>
    /// <param name="query">[B, H, T, d].</param>
    /// <param name="key">[B, G, S, d].</param>
    /// <param name="value">[B, G, S, d].</param>
    /// <param name="mask">Added to the scaled scores, broadcastable to [B, H, T, S]: 0 keeps, minus infinity drops; no row may be all
    /// minus infinity.</param>
    /// <param name="causal">Whether query t sees keys up to t only; needs S = T and no mask.</param>
    /// <param name="scale">Factor on the scores.</param>
    /// <returns>[B, H, T, d].</returns>
    public static Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? mask, bool causal, double scale) =>
        FusedOperators.Attention(query, key, value, mask, causal, scale);

    /// <summary>
    /// Attention whose scaled scores pass through <c>cap tanh(score / cap)</c> before the mask (Gemma 2); shapes as in <see
    /// cref="Attention"/>.
    /// </summary>
    public static Tensor CappedAttention(Tensor query, Tensor key, Tensor value, Tensor mask, double scale, double cap)
    {
        var heads = query.shape[1];
        var scores = query.matmul(Repeat(key, heads).transpose(2, 3)).mul(scale / cap).tanh().mul(cap).add(mask);
        return scores.softmax(-1).matmul(Repeat(value, heads));
    }

    /// <summary>Root-mean-square norm over the last dimension, scaled by <c>w</c> or by <c>1 + w</c>.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon, bool plusOne) =>
        FusedOperators.RmsNorm(x, plusOne ? weight.add(One) : weight, epsilon);

    /// <summary>Layer norm over the last dimension.</summary>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor? bias, double epsilon) =>
        functional.layer_norm(x, weight.shape, weight, bias, epsilon);

    /// <summary>Turns the first dimensions of each head: <c>x cos + swap(x) sin</c>, where swap exchanges the two halves.</summary>
    /// <param name="x">[B, H, T, d].</param>
    /// <param name="cosine">[B or 1, 1, T, r], both halves equal.</param>
    /// <param name="signedSine">[B or 1, 1, T, r], the first half negated.</param>
    public static Tensor Rotate(Tensor x, Tensor cosine, Tensor signedSine)
    {
        var rotated = cosine.shape[3];
        if (rotated == x.shape[3])
        {
            return x.mul(cosine).addcmul(x.roll(rotated / 2, -1), signedSine, One);
        }

        var turning = x.narrow(3, 0, rotated);
        var turned = turning.mul(cosine).addcmul(turning.roll(rotated / 2, -1), signedSine, One);
        return cat([turned, x.narrow(3, rotated, x.shape[3] - rotated)], 3);
    }

    /// <summary>The second half of the feed-forward part: the nonlinearity, times <paramref name="up"/> where there is a gate, and a linear map.</summary>
    /// <param name="x">[..., F].</param>
    /// <param name="up">[..., F], or null.</param>
    /// <param name="activation">The nonlinearity.</param>
    /// <param name="weight">[out, F]; transposed [F, out].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="transposed">How the weight is stored.</param>
    public static Tensor ActivatedLinear(Tensor x, Tensor? up, Activation activation, Tensor weight, Tensor? bias, bool transposed)
    {
        if (Kernel(activation) is { } nonlinearity && ActivationKernel.Serves(x))
        {
            return Numerics.ActivatedLinear.Apply(x, up, nonlinearity, weight, bias, transposed);
        }

        using var scope = NewDisposeScope();
        var value = Activate(x, activation);
        return Linear(up is null ? value : value.mul(up), weight, bias, transposed).MoveToOuterDisposeScope();
    }

    // The three roots of GELU by tanh are one number in float32.
    private static Nonlinearity? Kernel(Activation activation) => activation switch
    {
        Activation.GeluTanh or Activation.GeluFast or Activation.GeluBloom => Nonlinearity.TanhGelu,
        Activation.Silu => Nonlinearity.Silu,
        Activation.Relu => Nonlinearity.Relu,
        _ => null,
    };

    private static Tensor Activate(Tensor x, Activation activation) => activation switch
    {
        Activation.Gelu => functional.gelu(x),
        Activation.GeluTanh => functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh),
        Activation.GeluFast => TanhGelu(x, FastRoot),
        Activation.GeluBloom => TanhGelu(x, BloomRoot),
        Activation.Silu => functional.silu(x),
        Activation.Relu => functional.relu(x),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "There is no such activation."),
    };

    private static Tensor TanhGelu(Tensor x, Scalar root) =>
        x.mul(Half).mul(x.square().mul(Cubic).add(One).mul(x).mul(root).tanh().add(One));

    private static Tensor Repeat(Tensor keyOrValue, long heads) =>
        keyOrValue.shape[1] == heads ? keyOrValue : keyOrValue.repeat_interleave(heads / keyOrValue.shape[1], 1);
}
