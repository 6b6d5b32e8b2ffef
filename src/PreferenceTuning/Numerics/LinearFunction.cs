using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace PreferenceTuning.Numerics;

/// <summary>
/// A linear map with its two backward products, from (input [r, in], weight, bias or null, weightIsTransposed, remade or null).
/// libtorch's own function makes each weight's gradient apart and then adds it; here the product adds it to <c>grad</c> itself.
/// </summary>
internal sealed class LinearFunction : SingleTensorFunction<LinearFunction>
{
    public override string Name => "MatrixProducts.Linear";

    public static Tensor Apply(Tensor input, Tensor weight, Tensor? bias, bool weightIsTransposed, Remade? remade)
    {
        using var scope = NewDisposeScope();
        var rows = input.dim() == 2 ? input : input.reshape(-1, input.shape[^1]);
        var output = NeedsGradient(input, weight, bias)
            ? apply(rows, weight, bias!, weightIsTransposed, remade!)
            : MatrixProducts.Affine(rows, weightIsTransposed ? weight.t() : weight, bias);
        return (input.dim() == 2 ? output : output.view([.. input.shape[..^1], output.shape[1]])).MoveToOuterDisposeScope();
    }

    /// <summary>Whether a gradient of any operand is asked for.</summary>
    public static bool NeedsGradient(Tensor input, Tensor weight, Tensor? bias) =>
        is_grad_enabled() && (input.requires_grad || weight.requires_grad || bias is { requires_grad: true });

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        CheckedBackward.Accept(ctx);
        var (input, weight, bias, transposed, remade) = ((Tensor)vars[0], (Tensor)vars[1], vars[2] as Tensor, (bool)vars[3], vars[4] as Remade);
        ctx.save_data("transposed", transposed);
        ctx.save_data("from", remade?.From!);
        ctx.save_data("needs", (input.requires_grad, weight.requires_grad, bias is { requires_grad: true }));
        ctx.save_for_backward([remade?.Source ?? input, weight, bias!]);
        return MatrixProducts.Affine(input, transposed ? weight.t() : weight, bias).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
        CheckedBackward.Guard(ctx, 5, grad_output, () => Gradients(ctx, grad_output));

    private static Tensor?[] Gradients(AutogradContext ctx, Tensor upstream)
    {
        var saved = ctx.get_saved_variables();
        var (weight, bias, transposed) = (saved[1], (Tensor?)saved[2], (bool)ctx.get_data("transposed"));
        var input = ctx.get_data("from") is Func<Tensor, Tensor> from ? from(saved[0]).view(upstream.shape[0], saved[0].shape[^1]) : saved[0];
        var (needInput, needWeight, needBias) = ((bool, bool, bool))ctx.get_data("needs");
        var ofInput = needInput ? MatrixProducts.Affine(upstream, transposed ? weight : weight.t(), null) : null;
        var (ofWeight, ofBias) = WeightGradients(input, upstream, weight, bias, transposed, needWeight, needBias);
        return [ofInput, ofWeight, ofBias, null, null];
    }

    /// <summary>What the backward function of a linear map returns for its weight and bias.</summary>
    /// <param name="input">[r, in].</param>
    /// <param name="upstream">[r, out].</param>
    /// <param name="weight">As in <see cref="Apply"/>, like the next two.</param>
    /// <param name="bias">See there.</param>
    /// <param name="transposed">See there.</param>
    /// <param name="needWeight">Whether the weight is trained.</param>
    /// <param name="needBias">Whether the bias is trained.</param>
    public static (Tensor? OfWeight, Tensor? OfBias) WeightGradients(
        Tensor input, Tensor upstream, Tensor weight, Tensor? bias, bool transposed, bool needWeight, bool needBias)
    {
        var ofWeight = needWeight ? new LeafGradient(weight) : null;
        ofWeight?.AddProduct(transposed ? input : upstream, transposed ? upstream : input);
        var ofBias = needBias ? new LeafGradient(bias!) : null;
        ofBias?.Add(upstream.sum([0]));
        return (ofWeight?.Returned(), ofBias?.Returned());
    }
}
