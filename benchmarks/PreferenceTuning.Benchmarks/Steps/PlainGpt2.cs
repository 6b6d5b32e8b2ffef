using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PreferenceTuning.Benchmarks.Steps;

/// <summary>Keys and values of one layer, grown by concatenation as in the usual decode loop.</summary>
internal sealed class PlainCache
{
    public Tensor? Keys, Values;
}

/// <summary>GPT-2 as one writes it with TorchSharp's modules; hidden states after the last norm.</summary>
internal sealed class PlainGpt2 : Module<Tensor, Tensor>
{
    private readonly Embedding tokens = Embedding(StepSizes.Vocabulary, StepSizes.Width);
    private readonly Embedding positions = Embedding(StepSizes.Context, StepSizes.Width);
    private readonly ModuleList<PlainBlock> blocks = new([.. Enumerable.Range(0, StepSizes.Layers).Select(_ => new PlainBlock())]);
    private readonly LayerNorm norm = LayerNorm(StepSizes.Width);

    public PlainGpt2()
        : base(nameof(PlainGpt2))
    {
        RegisterComponents();
        using var off = no_grad();
        foreach (var (name, parameter) in named_parameters())
        {
            if (parameter.dim() == 2)
            {
                parameter.normal_(0, 0.02);
            }
        }
    }

    public override Tensor forward(Tensor ids) => Forward(ids, null);

    public Tensor Forward(Tensor ids, PlainCache[]? caches)
    {
        var past = caches?[0].Keys?.shape[2] ?? 0;
        var x = tokens.forward(ids) + positions.forward(arange(past, past + ids.shape[1], dtype: ScalarType.Int64));
        for (var i = 0; i < blocks.Count; i++)
        {
            x = blocks[i].Forward(x, caches?[i]);
        }

        return norm.forward(x);
    }

    /// <summary>The head is tied to the embedding: [B, T, V].</summary>
    public Tensor Logits(Tensor hidden) => functional.linear(hidden, tokens.weight!);
}

internal sealed class PlainBlock : Module<Tensor, Tensor>
{
    private readonly LayerNorm attentionNorm = LayerNorm(StepSizes.Width), feedForwardNorm = LayerNorm(StepSizes.Width);
    private readonly Linear queryKeyValue = Linear(StepSizes.Width, 3 * StepSizes.Width), output = Linear(StepSizes.Width, StepSizes.Width);
    private readonly Linear up = Linear(StepSizes.Width, 4 * StepSizes.Width), down = Linear(4 * StepSizes.Width, StepSizes.Width);

    public PlainBlock()
        : base(nameof(PlainBlock)) => RegisterComponents();

    public override Tensor forward(Tensor x) => Forward(x, null);

    public Tensor Forward(Tensor x, PlainCache? cache)
    {
        x += Attention(attentionNorm.forward(x), cache);
        return x + down.forward(functional.gelu(up.forward(feedForwardNorm.forward(x)), TorchSharp.Modules.GELU.Approximate.tanh));
    }

    private Tensor Attention(Tensor x, PlainCache? cache)
    {
        var (rows, length) = (x.shape[0], x.shape[1]);
        var parts = queryKeyValue.forward(x).view(rows, length, 3, StepSizes.Heads, -1).permute(2, 0, 3, 1, 4);
        var (query, keys, values) = (parts[0], parts[1], parts[2]);
        if (cache is not null)
        {
            keys = cache.Keys = (cache.Keys is null ? keys : cat([cache.Keys, keys], 2)).DetachFromDisposeScope();
            values = cache.Values = (cache.Values is null ? values : cat([cache.Values, values], 2)).DetachFromDisposeScope();
        }

        var attended = functional.scaled_dot_product_attention(query, keys, values, is_casual: length > 1);
        return output.forward(attended.transpose(1, 2).reshape(rows, length, -1));
    }
}
