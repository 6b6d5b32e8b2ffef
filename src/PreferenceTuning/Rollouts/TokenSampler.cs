using System.Numerics.Tensors;

namespace PreferenceTuning.Rollouts;

/// <summary>A drawn token and its log-probability (nats) under the whole distribution at the temperature, before any filter.</summary>
internal readonly record struct SampledToken(int Token, double LogProb);

/// <summary>Draws one token from one row of logits. Holds a scratch row, so one sampler serves one thread.</summary>
internal sealed class TokenSampler
{
    // Weights are summed in single precision in a block and in double across blocks: 1e-7 relative at any vocabulary size.
    private const int Block = 1024;

    private readonly SamplingOptions _options;
    private readonly float[] _scaled;
    private readonly float[] _weights;
    private readonly double[] _blocks;
    private readonly int[] _order;

    public TokenSampler(SamplingOptions options, int vocabularySize)
    {
        _options = options;
        _scaled = new float[vocabularySize];
        _weights = new float[vocabularySize];
        _blocks = new double[(vocabularySize + Block - 1) / Block];
        _order = options.Filters ? new int[vocabularySize] : [];
    }

    /// <param name="logits">[V], not scaled.</param>
    /// <param name="seen">Tokens of the prompt and of the response so far; read only where there is a repetition penalty.</param>
    /// <param name="uniform">A uniform number in [0, 1).</param>
    public SampledToken Sample(ReadOnlySpan<float> logits, IReadOnlySet<int> seen, double uniform)
    {
        var temperature = _options.Temperature;
        TensorPrimitives.Multiply(logits, temperature > 0 ? (float)(1 / temperature) : 1f, _scaled);
        var max = TensorPrimitives.Max(_scaled);
        if (!float.IsFinite(max))
        {
            throw new InvalidOperationException(
                $"The largest of the {logits.Length} logits is {max}; there is no token to draw. The model's weights or the learning rate are the usual cause.");
        }

        var logTotal = max + Math.Log(Weigh(max));
        Penalise(seen);
        var token = temperature > 0 ? Draw(uniform) : TensorPrimitives.IndexOfMax(_scaled);
        var scaled = temperature > 0 ? logits[token] * (float)(1 / temperature) : logits[token];
        return new SampledToken(token, scaled - logTotal);
    }

    private void Penalise(IReadOnlySet<int> seen)
    {
        if (_options.RepetitionPenalty == 1)
        {
            return;
        }

        foreach (var token in seen)
        {
            _scaled[token] *= (float)(_scaled[token] > 0 ? 1 / _options.RepetitionPenalty : _options.RepetitionPenalty);
        }

        Weigh(TensorPrimitives.Max(_scaled));
    }

    private int Draw(double uniform) => _options.Filters ? DrawFiltered(uniform) : DrawFromAll(uniform);

    private int DrawFromAll(double uniform)
    {
        var (target, cumulative) = (uniform * _blocks.Sum(), 0.0);
        for (var block = 0; block < _blocks.Length; block++)
        {
            if (cumulative + _blocks[block] <= target)
            {
                cumulative += _blocks[block];
                continue;
            }

            var weights = Weights(block);
            for (var i = 0; i < weights.Length; i++)
            {
                cumulative += weights[i];
                if (weights[i] > 0 && cumulative > target)
                {
                    return (block * Block) + i;
                }
            }
        }

        // Rounding put the target at the very end.
        return Array.FindLastIndex(_weights, weight => weight > 0);
    }

    private int DrawFiltered(double uniform)
    {
        var count = Order();
        var total = 0.0;
        for (var i = 0; i < count; i++)
        {
            total += _weights[_order[i]];
        }

        count = CutTopP(count, ref total);
        count = CutMinP(count, ref total);
        var target = uniform * total;
        var cumulative = 0.0;
        for (var i = 0; i < count; i++)
        {
            cumulative += _weights[_order[i]];
            if (cumulative > target)
            {
                return _order[i];
            }
        }

        return _order[count - 1];
    }

    /// <summary>Fills the order with the most likely tokens first; only the top k are kept.</summary>
    private int Order()
    {
        for (var i = 0; i < _order.Length; i++)
        {
            _order[i] = i;
        }

        // Ties go to the smaller id, so that the result does not depend on the sorting algorithm.
        _order.AsSpan().Sort((a, b) => _weights[a] != _weights[b] ? _weights[b].CompareTo(_weights[a]) : a.CompareTo(b));
        return _options.TopK > 0 ? Math.Min(_options.TopK, _order.Length) : _order.Length;
    }

    private int CutTopP(int count, ref double total)
    {
        if (_options.TopP >= 1)
        {
            return count;
        }

        var cumulative = 0.0;
        for (var i = 0; i < count; i++)
        {
            cumulative += _weights[_order[i]];
            if (cumulative >= _options.TopP * total)
            {
                total = cumulative;
                return i + 1;
            }
        }

        return count;
    }

    private int CutMinP(int count, ref double total)
    {
        var least = _options.MinP * _weights[_order[0]];
        while (count > 1 && _weights[_order[count - 1]] < least)
        {
            total -= _weights[_order[--count]];
        }

        return count;
    }

    /// <summary>Fills the weights e^(x - max) and the sums of their blocks; returns the whole sum.</summary>
    private double Weigh(float max)
    {
        TensorPrimitives.Subtract(_scaled, max, _weights);
        TensorPrimitives.Exp(_weights, _weights);
        for (var block = 0; block < _blocks.Length; block++)
        {
            _blocks[block] = TensorPrimitives.Sum(Weights(block));
        }

        return _blocks.Sum();
    }

    private ReadOnlySpan<float> Weights(int block) =>
        _weights.AsSpan(block * Block, Math.Min(Block, _weights.Length - (block * Block)));
}
