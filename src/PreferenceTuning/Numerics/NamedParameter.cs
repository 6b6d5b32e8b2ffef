using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>A trainable tensor and the name it has in a Hugging Face folder (the name is what checkpoints and errors use).</summary>
/// <param name="Name">The tensor's name in <c>model.safetensors</c>, for example <c>transformer.h.0.attn.c_attn.weight</c>.</param>
/// <param name="Value">The leaf tensor; <c>requires_grad</c> says whether it is trained.</param>
public sealed record NamedParameter(string Name, Tensor Value);
