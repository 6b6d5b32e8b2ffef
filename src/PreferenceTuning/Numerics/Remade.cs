using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>
/// What a linear map's input was made from, where that is kept anyway and making it again is cheap: then the input itself is
/// not kept for the gradient. A norm's output is such an input, and a sixth of what a block of GPT-2 keeps.
/// </summary>
/// <param name="Source">[..., in].</param>
/// <param name="From">The same numbers again as the input, bit for bit; called without gradients.</param>
internal sealed record Remade(Tensor Source, Func<Tensor, Tensor> From);
