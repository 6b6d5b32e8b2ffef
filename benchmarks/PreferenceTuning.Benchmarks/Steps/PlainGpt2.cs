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
    private readonly Embedding tokens, positions;
    private readonly ModuleList<PlainBlock> blocks;
    private readonly LayerNorm norm;

    public PlainGpt2(Gpt2Sizes sizes, Device device)
        : base(nameof(PlainGpt2))
    {
        Sizes = sizes;
        (tokens, positions) = (Embedding(sizes.Vocabulary, sizes.Width), Embedding(sizes.Context, sizes.Width));
        blocks = new([.. Enumerable.Range(0, sizes.Layers).Select(_ => new PlainBlock(sizes))]);
        norm = LayerNorm(sizes.Width);
        RegisterComponents();
        _ = this.to(device);
        using var off = no_grad();
        foreach (var (name, parameter) in named_parameters())
        {
            if (parameter.dim() == 2)
            {
                parameter.normal_(0, 0.02);
            }
        }
    }

    public Gpt2Sizes Sizes { get; }

    public override Tensor forward(Tensor ids) => Forward(ids, null);

    public Tensor Forward(Tensor ids, PlainCache[]? caches)
    {
        var past = caches?[0].Keys?.shape[2] ?? 0;
        var x = tokens.forward(ids) + positions.forward(arange(past, past + ids.shape[1], dtype: ScalarType.Int64, device: ids.device));
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
    private readonly int _heads;
    private readonly LayerNorm attentionNorm, feedForwardNorm;
    private readonly Linear queryKeyValue, output, up, down;

    public PlainBlock(Gpt2Sizes sizes)
        : base(nameof(PlainBlock))
    {
        var width = sizes.Width;
        _heads = sizes.Heads;
        (attentionNorm, feedForwardNorm) = (LayerNorm(width), LayerNorm(width));
        (queryKeyValue, output) = (Linear(width, 3 * width), Linear(width, width));
        (up, down) = (Linear(width, 4 * width), Linear(4 * width, width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => Forward(x, null);

    public Tensor Forward(Tensor x, PlainCache? cache)
    {
        x += Attention(attentionNorm.forward(x), cache);
        return x + down.forward(functional.gelu(up.forward(feedForwardNorm.forward(x)), TorchSharp.Modules.GELU.Approximate.tanh));
    }

    private Tensor Attention(Tensor x, PlainCache? cache)
    {
        var (rows, length) = (x.shape[0], x.shape[1]);
        var parts = queryKeyValue.forward(x).view(rows, length, 3, _heads, -1).permute(2, 0, 3, 1, 4);
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
