using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace PreferenceTuning.Numerics;

/// <summary>
/// The second half of a feed-forward part: <c>f(x) W^T + b</c>, or <c>(f(x) u) W^T + b</c> with a gate, from (x [r, F], u [r, F] or
/// null, weight, bias or null, weightIsTransposed, nonlinearity). f(x), the widest tensor of a layer, is not kept for the gradient
/// but computed again there, in the pass that computes f'(x) anyway.
/// </summary>
internal sealed class ActivatedLinear : SingleTensorFunction<ActivatedLinear>
{
    public override string Name => "ActivatedLinear";

    /// <param name="x">[..., F], for which <see cref="ActivationKernel.Serves"/> is true.</param>
    /// <param name="up">[..., F], or null.</param>
    /// <param name="nonlinearity">f.</param>
    /// <param name="weight">[out, F]; transposed [F, out].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="transposed">How the weight is stored.</param>
    /// <returns>[..., out].</returns>
    public static Tensor Apply(Tensor x, Tensor? up, Nonlinearity nonlinearity, Tensor weight, Tensor? bias, bool transposed)
    {
        using var scope = NewDisposeScope();
        var (rows, upRows) = (Rows(x), up is null ? null : Rows(up));
        if (LinearFunction.NeedsGradient(x, weight, bias) || up is { requires_grad: true })
        {
            var output = apply(rows, upRows!, weight, bias!, transposed, nonlinearity);
            return output.view([.. x.shape[..^1], output.shape[1]]).MoveToOuterDisposeScope();
        }

        var value = ActivationKernel.Forward(rows, upRows, nonlinearity).view(x.shape);
        return (transposed ? MatrixProducts.LinearFromTransposed(value, weight, bias) : MatrixProducts.Linear(value, weight, bias)).MoveToOuterDisposeScope();
    }

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        CheckedBackward.Accept(ctx);
        var (x, up, weight, bias) = ((Tensor)vars[0], vars[1] as Tensor, (Tensor)vars[2], vars[3] as Tensor);
        var (transposed, nonlinearity) = ((bool)vars[4], (Nonlinearity)vars[5]);
        ctx.save_data("transposed", transposed);
        ctx.save_data("nonlinearity", nonlinearity);
        ctx.save_data("needs", (x.requires_grad || up is { requires_grad: true }, weight.requires_grad, bias is { requires_grad: true }));
        ctx.save_for_backward([x, up!, weight, bias!]);
        var value = ActivationKernel.Forward(x, up, nonlinearity);
        return MatrixProducts.Affine(value, transposed ? weight.t() : weight, bias).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
        CheckedBackward.Guard(ctx, 6, grad_output, () => Gradients(ctx, grad_output));

    private static Tensor?[] Gradients(AutogradContext ctx, Tensor upstream)
    {
        var saved = ctx.get_saved_variables();
        var (x, up, weight, bias) = (saved[0], (Tensor?)saved[1], saved[2], (Tensor?)saved[3]);
        var (transposed, nonlinearity) = ((bool)ctx.get_data("transposed"), (Nonlinearity)ctx.get_data("nonlinearity"));
        var (needInput, needWeight, needBias) = ((bool, bool, bool))ctx.get_data("needs");
        var ofValue = needInput ? MatrixProducts.Affine(upstream, transposed ? weight : weight.t(), null) : null;
        var (value, ofX) = ofValue is not null
            ? ActivationKernel.Backward(x, up, nonlinearity, ofValue)
            : (ActivationKernel.Forward(x, up, nonlinearity), null);
        var (ofWeight, ofBias) = LinearFunction.WeightGradients(value, upstream, weight, bias, transposed, needWeight, needBias);
        return [ofX, up is null ? null : ofValue, ofWeight, ofBias, null, null];
    }

    private static Tensor Rows(Tensor x)
    {
        var rows = x.reshape(-1, x.shape[^1]);
        return rows.stride(1) == 1 ? rows : rows.contiguous();
    }
}
