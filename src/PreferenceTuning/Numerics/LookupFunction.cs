using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace PreferenceTuning.Numerics;

/// <summary>
/// Rows of a table [N, D] by index [n] int64, from (table, indices). libtorch's own function makes a gradient of the whole
/// table for each pass, mostly zeros, and adds it; here the few rows are added to <c>grad</c> itself.
/// </summary>
internal sealed class LookupFunction : SingleTensorFunction<LookupFunction>
{
    public override string Name => "Lookup";

    public static Tensor Apply(Tensor table, Tensor indices) =>
        is_grad_enabled() && table.requires_grad ? apply(table, indices) : table.index_select(0, indices);

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        CheckedBackward.Accept(ctx);
        var (table, indices) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([table, indices]);
        return table.index_select(0, indices);
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
        CheckedBackward.Guard(ctx, 2, grad_output, () =>
        {
            var saved = ctx.get_saved_variables();
            var gradient = new LeafGradient(saved[0]);
            gradient.AddRows(saved[1], grad_output);
            return [gradient.Returned(), null];
        });
}
