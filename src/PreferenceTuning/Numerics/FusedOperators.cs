using PreferenceTuning.Numerics.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>
/// Operators that libtorch has as one kernel and TorchSharp does not offer. Each runs natively where
/// <see cref="NativeOperators"/> says so, and otherwise as the same formula in TorchSharp operators.
/// </summary>
public static class FusedOperators
{
    /// <summary>
    /// Scaled dot-product attention with grouped queries: <c>softmax(scale q k^T + mask) v</c>. Vaswani et al. 2017
    /// (arXiv:1706.03762), eq. 1; grouped queries as in Ainslie et al. 2023 (arXiv:2305.13245). Differentiable.
    /// </summary>
    /// <param name="query">[B, H, T, d].</param>
    /// <param name="key">[B, G, S, d]; G divides H, and query head h reads key head h / (H / G).</param>
    /// <param name="value">[B, G, S, e].</param>
    /// <param name="mask">Broadcastable to [B, H, T, S]: bool, true = attend; or of the query's type, added to the scores; or null.</param>
    /// <param name="causal">Query t attends keys up to S - T + t (the queries are the last T positions of the keys).</param>
    /// <param name="scale">Factor on the scores, usually 1 / sqrt(d).</param>
    /// <returns>[B, H, T, e]. A query that may attend nothing gets zeros.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? mask, bool causal, double scale)
    {
        CheckAttention(query, key, value, mask, causal);
        using var scope = NewDisposeScope();
        if (causal && query.shape[2] == 1)
        {
            causal = false; // The one query is the last position, and attends every key.
        }

        if (causal && (mask is not null || query.shape[2] != key.shape[2]))
        {
            mask = WithCausal(mask, query, key);
            causal = false;
        }

        var result = NativeOperators.Attention
            ? NativeAttention(query, key, value, mask, causal, scale)
            : ManagedAttention(query, key, value, mask, causal, scale);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Root mean square normalisation over the last dimension: <c>x / sqrt(mean(x^2) + epsilon) * weight</c>. Zhang and Sennrich
    /// 2019 (arXiv:1910.07467), eq. 4; epsilon as in Llama. Computed in float32 for 16-bit types. Differentiable.
    /// </summary>
    /// <param name="input">[..., D], floating point.</param>
    /// <param name="weight">[D], of the input's type.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <returns>[..., D].</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor RmsNorm(Tensor input, Tensor weight, double epsilon)
    {
        Check.FloatingPoint(input);
        Check.Rank(weight, 1);
        Check.Size(weight, 0, input.shape[^1]);
        SameType(weight, input);
        return NativeOperators.RmsNorm ? NativeRmsNorm(input, weight, epsilon) : ManagedRmsNorm(input, weight, epsilon);
    }

    /// <summary>
    /// One AdamW step over many tensors, in place: <c>p -= lr wd p</c>, then Adam. Loshchilov and Hutter 2019 (arXiv:1711.05101),
    /// algorithm 2, as PyTorch computes it. All tensors of one call have one type and device. Native and managed versions agree bit
    /// for bit, except at the end of a tensor whose size is no multiple of a vector, where float32 may differ in the last place.
    /// </summary>
    /// <param name="parameters">Updated in place.</param>
    /// <param name="gradients">As many, each of its parameter's shape.</param>
    /// <param name="firstMoments">As many; updated in place.</param>
    /// <param name="secondMoments">As many; updated in place.</param>
    /// <param name="steps">As many, each float32 of one element: the number of this step, counted from 1 (the caller increments).</param>
    /// <param name="coefficients">Learning rate and the rest.</param>
    /// <exception cref="ArgumentException">Counts, shapes or types do not fit; nothing was changed.</exception>
    public static void AdamWStep(
        IReadOnlyList<Tensor> parameters,
        IReadOnlyList<Tensor> gradients,
        IReadOnlyList<Tensor> firstMoments,
        IReadOnlyList<Tensor> secondMoments,
        IReadOnlyList<Tensor> steps,
        AdamWCoefficients coefficients)
    {
        CheckedBackward.ThrowPending();
        CheckAdamW(parameters, gradients, firstMoments, secondMoments, steps);
        if (parameters.Count == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var off = no_grad();
        if (NativeOperators.AdamW)
        {
            NativeAdamWStep(parameters, gradients, firstMoments, secondMoments, steps, coefficients);
        }
        else
        {
            for (var i = 0; i < parameters.Count; i++)
            {
                AdamWKernel.Step(parameters[i], gradients[i], firstMoments[i], secondMoments[i], steps[i], coefficients);
            }
        }
    }

    internal static Tensor NativeAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, bool causal, double scale) =>
        Dispatcher.Call(
            "aten::scaled_dot_product_attention", "", Slot.Of(query), Slot.Of(key), Slot.Of(value), Slot.Optional(mask), Slot.Of(0.0),
            Slot.Of(causal), Slot.Optional(scale), Slot.Of(query.shape[1] != key.shape[1]));

    internal static Tensor NativeRmsNorm(Tensor input, Tensor weight, double epsilon) =>
        Dispatcher.Call("aten::rms_norm", "", Slot.Of(input), Slot.Of(weight.shape), Slot.Optional(weight), Slot.Optional(epsilon));

    internal static void NativeAdamWStep(
        IReadOnlyList<Tensor> parameters,
        IReadOnlyList<Tensor> gradients,
        IReadOnlyList<Tensor> firstMoments,
        IReadOnlyList<Tensor> secondMoments,
        IReadOnlyList<Tensor> steps,
        AdamWCoefficients c) =>
        Dispatcher.Run(
            "aten::_fused_adamw_", "", Slot.Of(parameters), Slot.Of(gradients), Slot.Of(firstMoments), Slot.Of(secondMoments),
            Slot.EmptyList(), Slot.Of(steps), Slot.Of(c.LearningRate), Slot.Of(c.Beta1), Slot.Of(c.Beta2), Slot.Of(c.WeightDecay),
            Slot.Of(c.Epsilon), Slot.Of(false), Slot.Of(false), Slot.None, Slot.None);

    private static Tensor ManagedAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, bool causal, double scale)
    {
        var groups = query.shape[1] / key.shape[1];
        if (groups > 1)
        {
            key = key.repeat_interleave(groups, 1);
            value = value.repeat_interleave(groups, 1);
        }

        // TorchSharp's operator always divides by sqrt(d).
        var scaled = query * (scale * Math.Sqrt(query.shape[3]));
        return nn.functional.scaled_dot_product_attention(scaled, key, value, mask, 0, causal);
    }

    private static Tensor ManagedRmsNorm(Tensor input, Tensor weight, double epsilon)
    {
        using var scope = NewDisposeScope();
        var type = input.dtype;
        var x = type == ScalarType.Float64 ? input : input.to_type(ScalarType.Float32);
        var normalised = x * (x.square().mean([-1], keepdim: true) + epsilon).rsqrt();
        return (normalised * weight).to_type(type).MoveToOuterDisposeScope();
    }

    private static Tensor WithCausal(Tensor? mask, Tensor query, Tensor key)
    {
        var (rows, columns) = (query.shape[2], key.shape[2]);
        var allowed = ones(rows, columns, dtype: ScalarType.Bool, device: query.device).tril(columns - rows);
        return mask is null ? allowed
            : mask.dtype == ScalarType.Bool ? mask & allowed
            : mask.masked_fill(~allowed, double.NegativeInfinity);
    }

    private static void CheckAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, bool causal)
    {
        Check.FloatingPoint(query);
        Check.Rank(query, 4);
        Check.Rank(key, 4);
        Check.Rank(value, 4);
        SameType(key, query);
        SameType(value, query);
        Check.Size(key, 0, query.shape[0]);
        Check.Size(value, 0, query.shape[0]);
        Check.Size(key, 3, query.shape[3]);
        Check.Size(value, 1, key.shape[1]);
        Check.Size(value, 2, key.shape[2]);
        if (query.shape[1] % key.shape[1] != 0)
        {
            throw new ArgumentException($"'query' has {query.shape[1]} heads and 'key' {key.shape[1]}; the first must be a multiple of the second.", nameof(key));
        }

        if (causal && query.shape[2] > key.shape[2])
        {
            throw new ArgumentException($"'query' has {query.shape[2]} positions and 'key' {key.shape[2]}; causal queries are the last positions of the keys.", nameof(query));
        }

        if (mask is null)
        {
            return;
        }

        if (mask.dtype != ScalarType.Bool && mask.dtype != query.dtype)
        {
            throw new ArgumentException($"'mask' has type {mask.dtype}; bool (true = attend) or {query.dtype} (added to the scores) was expected.", nameof(mask));
        }

        long[] scores = [query.shape[0], query.shape[1], query.shape[2], key.shape[2]];
        var offset = 4 - mask.dim();
        if (offset < 0 || mask.shape.Where((size, i) => size != 1 && size != scores[i + offset]).Any())
        {
            throw new ArgumentException($"'mask' has shape {Check.Shape(mask)}, which does not broadcast to [{string.Join(", ", scores)}].", nameof(mask));
        }
    }

    private static void CheckAdamW(
        IReadOnlyList<Tensor> parameters,
        IReadOnlyList<Tensor> gradients,
        IReadOnlyList<Tensor> firstMoments,
        IReadOnlyList<Tensor> secondMoments,
        IReadOnlyList<Tensor> steps)
    {
        foreach (var (list, name) in new[] { (gradients, nameof(gradients)), (firstMoments, nameof(firstMoments)), (secondMoments, nameof(secondMoments)), (steps, nameof(steps)) })
        {
            if (list.Count != parameters.Count)
            {
                throw new ArgumentException($"'{name}' has {list.Count} tensors but 'parameters' has {parameters.Count}; they must be equal.", name);
            }
        }

        for (var i = 0; i < parameters.Count; i++)
        {
            var parameter = parameters[i];
            Check.FloatingPoint(parameter, $"parameters[{i}]");
            SameType(parameter, parameters[0], $"parameters[{i}]", "parameters[0]");
            foreach (var (tensor, name) in new[] { (gradients[i], nameof(gradients)), (firstMoments[i], nameof(firstMoments)), (secondMoments[i], nameof(secondMoments)) })
            {
                Check.SameShape(tensor, parameter, $"{name}[{i}]", $"parameters[{i}]");
                SameType(tensor, parameter, $"{name}[{i}]", $"parameters[{i}]");
            }

            if (steps[i].numel() != 1 || steps[i].dtype != ScalarType.Float32)
            {
                throw new ArgumentException($"'steps[{i}]' has shape {Check.Shape(steps[i])} and type {steps[i].dtype}; one float32 element was expected.", nameof(steps));
            }
        }
    }

    private static void SameType(
        Tensor tensor,
        Tensor other,
        [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(tensor))] string? name = null,
        [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(other))] string? otherName = null)
    {
        if (tensor.dtype != other.dtype || tensor.device_type != other.device_type)
        {
            throw new ArgumentException(
                $"'{name}' is {tensor.dtype} on {tensor.device_type} but '{otherName}' is {other.dtype} on {other.device_type}; they must be equal.", name);
        }
    }
}
