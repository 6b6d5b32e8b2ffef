using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>
/// A linear map from hidden states to scores: one per token for reward and value models, several for step rewards. Owns its
/// parameters.
/// </summary>
public sealed class ScoreHead : IDisposable
{
    private readonly Tensor _weight;
    private readonly Tensor? _bias;

    /// <param name="weight">[L, D]; becomes the head's, trainable.</param>
    /// <param name="bias">[L], or null; likewise.</param>
    internal ScoreHead(Tensor weight, Tensor? bias)
    {
        _weight = weight;
        _bias = bias;
        weight.requires_grad = true;
        if (bias is not null)
        {
            bias.requires_grad = true;
        }

        Parameters = bias is null
            ? [new NamedParameter("score.weight", weight)]
            : [new NamedParameter("score.weight", weight), new NamedParameter("score.bias", bias)];
    }

    /// <summary><c>score.weight</c> [L, D] and, where there is one, <c>score.bias</c> [L].</summary>
    public IReadOnlyList<NamedParameter> Parameters { get; }

    /// <summary>L, numbers per token.</summary>
    public int Labels => (int)_weight.shape[0];

    /// <summary>Whether the head has a bias.</summary>
    public bool HasBias => _bias is not null;

    /// <summary>A head with weights drawn from a normal distribution, bias 0.</summary>
    /// <param name="trunk">The decoder it reads; gives width, type and device.</param>
    /// <param name="seed">The same seed gives the same head.</param>
    /// <param name="deviation">Standard deviation; null for <c>1 / sqrt(D + 1)</c> (Ziegler et al. 2019, arXiv:1909.08593, reward head;
    /// Stiennon et al. 2020 likewise).</param>
    /// <param name="labels">Numbers per token; default 1.</param>
    /// <param name="bias">Whether it has a bias; a reward model in transformers has none.</param>
    public static ScoreHead Random(DecoderModel trunk, long seed, double? deviation = null, int labels = 1, bool bias = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(labels);
        using var scope = NewDisposeScope();
        var generator = new Generator((ulong)seed, CPU);
        var weight = randn([labels, trunk.OutputSize], generator: generator).mul(deviation ?? 1 / Math.Sqrt(trunk.OutputSize + 1));
        return new ScoreHead(Own(weight, trunk), bias ? Own(zeros(labels), trunk) : null);
    }

    /// <summary>A head that gives 0 everywhere, with a bias: the usual start of a value head (Ziegler et al. 2019).</summary>
    /// <param name="trunk">The decoder it reads; gives width, type and device.</param>
    public static ScoreHead Zero(DecoderModel trunk) => Random(trunk, seed: 0, deviation: 0, bias: true);

    /// <summary>All scores of each token.</summary>
    /// <param name="hidden">[..., D].</param>
    /// <returns>[..., L].</returns>
    public Tensor Apply(Tensor hidden) => Operators.Linear(hidden, _weight, _bias, transposed: false);

    /// <summary>The one score of each token.</summary>
    /// <param name="hidden">[..., D].</param>
    /// <returns>[...], float32 where the model is of 16 bits.</returns>
    /// <exception cref="InvalidOperationException">The head has several labels.</exception>
    public Tensor Scalar(Tensor hidden)
    {
        if (Labels != 1)
        {
            throw new InvalidOperationException($"The head has {Labels} labels; one score per token needs a head with one.");
        }

        using var scope = NewDisposeScope();
        var scores = Apply(hidden).squeeze(-1);
        return (scores.ElementSize < 4 ? scores.to(ScalarType.Float32) : scores).MoveToOuterDisposeScope();
    }

    /// <summary>A copy with its own memory.</summary>
    public ScoreHead Clone()
    {
        static Tensor Copy(Tensor tensor) => tensor.detach().clone().DetachFromDisposeScope();
        var copy = new ScoreHead(Copy(_weight), _bias is null ? null : Copy(_bias));
        foreach (var (own, copied) in Parameters.Zip(copy.Parameters))
        {
            copied.Value.requires_grad = own.Value.requires_grad;
        }

        return copy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        _bias?.Dispose();
    }

    private static Tensor Own(Tensor drawn, DecoderModel trunk) => drawn.to(trunk.Dtype, trunk.Device, copy: true).DetachFromDisposeScope();
}
