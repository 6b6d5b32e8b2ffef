using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>A linear map from hidden states to one number, without bias: <c>score.weight</c> [1, D] in Hugging Face folders.</summary>
internal static class ScalarHead
{
    public const string Name = "score.weight";

    /// <summary>All zeros: a value function that predicts 0 until it has learnt something (Ziegler et al. 2019).</summary>
    public static Tensor Zero(DecoderModel model) =>
        Trainable(zeros(1, model.Config.HiddenSize, dtype: model.Dtype, device: model.Device));

    /// <summary>Normal with deviation <c>1 / sqrt(D + 1)</c> (Stiennon et al. 2020, appendix B.1).</summary>
    public static Tensor Random(DecoderModel model, long seed)
    {
        using var scope = NewDisposeScope();
        var size = model.Config.HiddenSize;
        using var generator = new Generator((ulong)seed);
        var values = randn([1, size], dtype: ScalarType.Float64, generator: generator) / Math.Sqrt(size + 1);
        return Trainable(values.to(model.Dtype).to(model.Device));
    }

    /// <summary>[..., D] to [...].</summary>
    public static Tensor Apply(Tensor hidden, Tensor weight) => hidden.matmul(weight.t()).squeeze(-1);

    public static Tensor Trainable(Tensor weight)
    {
        weight.requires_grad = true;
        return weight.DetachFromDisposeScope();
    }

    public static IReadOnlyList<NamedParameter> WithoutTokenHead(DecoderModel model) =>
        [.. model.Parameters.Where(parameter =>
            (model.Config.TiedHead || !ReferenceEquals(parameter.Value, model.Head.Weight)) && !ReferenceEquals(parameter.Value, model.Head.Bias))];
}
