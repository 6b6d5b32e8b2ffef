using System.Numerics.Tensors;

namespace PreferenceTuning.Rollouts;

/// <summary>A drawn token and its log-probability (nats) under the whole distribution at the temperature, before any filter.</summary>
internal readonly record struct SampledToken(int Token, double LogProb);

/// <summary>Draws one token from one row of logits. Holds a scratch row, so one sampler serves one thread.</summary>
internal sealed class TokenSampler
{
    private readonly SamplingOptions _options;
    private readonly float[] _scaled;
    private readonly float[] _weights;
    private readonly int[] _order;

    public TokenSampler(SamplingOptions options, int vocabularySize)
    {
        _options = options;
        _scaled = new float[vocabularySize];
        _weights = new float[vocabularySize];
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

        var logTotal = max + Math.Log(SumExp(_scaled, max, _weights));
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

        SumExp(_scaled, TensorPrimitives.Max(_scaled), _weights);
    }

    private int Draw(double uniform) => _options.Filters ? DrawFiltered(uniform) : DrawFromAll(uniform);

    private int DrawFromAll(double uniform)
    {
        var target = uniform * Sum(_weights);
        var cumulative = 0.0;
        var last = 0;
        for (var i = 0; i < _weights.Length; i++)
        {
            cumulative += _weights[i];
            if (_weights[i] > 0)
            {
                last = i;
                if (cumulative > target)
                {
                    return i;
                }
            }
        }

        return last;
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

    private static double SumExp(ReadOnlySpan<float> scaled, float max, float[] weights)
    {
        TensorPrimitives.Subtract(scaled, max, weights);
        TensorPrimitives.Exp(weights, weights);
        return Sum(weights);
    }

    /// <summary>Sums blocks in single and blocks' sums in double precision: 1e-7 relative at any vocabulary size.</summary>
    private static double Sum(ReadOnlySpan<float> values)
    {
        var total = 0.0;
        for (var start = 0; start < values.Length; start += 1024)
        {
            total += TensorPrimitives.Sum(values[start..Math.Min(start + 1024, values.Length)]);
        }

        return total;
    }
}
