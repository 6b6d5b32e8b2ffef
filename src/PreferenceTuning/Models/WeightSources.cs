using PreferenceTuning.Models.Pretrained;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>What a freshly made weight is filled with.</summary>
internal enum WeightKind
{
    Embedding,
    Linear,

    /// <summary>A linear map that adds to the residual stream; drawn smaller by the root of the number of additions (GPT-2).</summary>
    ResidualLinear,
    Bias,
    NormScale,
}

/// <summary>Tensors of a model that lie one after the other in one memory block, along dimension 0.</summary>
/// <param name="Names">Their names in the folder.</param>
/// <param name="Rows">The size of each along dimension 0.</param>
/// <param name="Shape">The shape of the block.</param>
/// <param name="Kind">What they are.</param>
internal sealed record WeightBlock(string[] Names, long[] Rows, long[] Shape, WeightKind Kind);

/// <summary>Where the weights of a model come from: returns a filled block that the model then owns.</summary>
internal delegate Tensor WeightSource(WeightBlock block);

/// <summary>The four origins of weights.</summary>
internal static class WeightSources
{
    /// <summary>
    /// Drawn from a seed: normal with the configuration's deviation, norms one, biases zero. Drawn on the CPU in float32, so that a
    /// seed means the same everywhere.
    /// </summary>
    public static WeightSource Random(DecoderConfig config, long seed, ScalarType dtype, Device device)
    {
        var generator = new Generator((ulong)seed, CPU);
        return block =>
        {
            using var scope = NewDisposeScope();
            var additions = block.Kind == WeightKind.ResidualLinear ? 2.0 * config.Layers : 1;
            var deviation = config.InitializerRange / Math.Sqrt(additions);
            var filled = block.Kind switch
            {
                WeightKind.Bias => zeros(block.Shape),
                WeightKind.NormScale => config.Norm == NormKind.RmsNormPlusOne ? zeros(block.Shape) : ones(block.Shape),
                _ => randn(block.Shape, generator: generator).mul(deviation),
            };
            return filled.to(dtype, device).MoveToOuterDisposeScope();
        };
    }

    /// <summary>Read from a folder, converted.</summary>
    public static WeightSource Folder(PretrainedWeights weights, ScalarType dtype, Device device) => block =>
    {
        using var scope = NewDisposeScope();
        for (var part = 0; part < block.Names.Length; part++)
        {
            weights.CheckWeight(block.Names[part], [block.Rows[part], .. block.Shape[1..]]);
        }

        var filled = empty(block.Shape, dtype: dtype, device: device);
        long start = 0;
        for (var part = 0; part < block.Names.Length; part++)
        {
            filled.narrow(0, start, block.Rows[part]).copy_(weights.Read(block.Names[part]));
            start += block.Rows[part];
        }

        return filled.MoveToOuterDisposeScope();
    };

    /// <summary>Copied from another model's blocks.</summary>
    public static WeightSource Copy(IReadOnlyDictionary<string, Tensor> blocks, ScalarType dtype, Device device) =>
        block => blocks[block.Names[0]].detach().to(dtype, device, copy: true);

    /// <summary>The other model's memory itself where nothing in a block is trained, a copy elsewhere.</summary>
    public static WeightSource ShareFrozen(IReadOnlyDictionary<string, Tensor> blocks, IReadOnlyDictionary<string, Tensor> parameters) =>
        block => Array.Exists(block.Names, name => parameters[name].requires_grad)
            ? blocks[block.Names[0]].detach().clone()
            : blocks[block.Names[0]].detach();
}
