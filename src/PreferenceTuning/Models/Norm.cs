using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>What a projection reads.</summary>
/// <param name="Value">[..., in].</param>
/// <param name="Remade">Where a norm has made it: from what, so that it need not be kept for the gradient.</param>
internal sealed record Normed(Tensor Value, Remade? Remade = null);

/// <summary>One norm of a decoder: its weights and how they are applied.</summary>
internal sealed record Norm(NormKind Kind, double Epsilon, Tensor Weight, Tensor? Bias)
{
    public Normed Before(Tensor x) => new(Apply(x), new Remade(x, Apply));

    public Tensor Apply(Tensor x) => Kind switch
    {
        NormKind.LayerNorm => Operators.LayerNorm(x, Weight, Bias, Epsilon),
        NormKind.RmsNorm => Operators.RmsNorm(x, Weight, Epsilon, plusOne: false),
        NormKind.RmsNormPlusOne => Operators.RmsNorm(x, Weight, Epsilon, plusOne: true),
        _ => throw new InvalidOperationException($"There is no norm {Kind}."),
    };
}
