using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>One norm of a decoder: its weights and how they are applied.</summary>
internal sealed record Norm(NormKind Kind, double Epsilon, Tensor Weight, Tensor? Bias)
{
    public Tensor Apply(Tensor x) => Kind switch
    {
        NormKind.LayerNorm => Operators.LayerNorm(x, Weight, Bias, Epsilon),
        NormKind.RmsNorm => Operators.RmsNorm(x, Weight, Epsilon, plusOne: false),
        NormKind.RmsNormPlusOne => Operators.RmsNorm(x, Weight, Epsilon, plusOne: true),
        _ => throw new InvalidOperationException($"There is no norm {Kind}."),
    };
}
