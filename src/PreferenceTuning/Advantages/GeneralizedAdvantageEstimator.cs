using System.Numerics;
using System.Runtime.InteropServices;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Advantages;

/// <summary>
/// Generalised advantage estimation: <c>delta_t = r_t + gamma V_{t+1} - V_t</c>, <c>A_t = delta_t + gamma lambda A_{t+1}</c>, with
/// <c>V = A = 0</c> after the last kept token; returns are <c>A + V</c>. Schulman et al. 2015, arXiv:1506.02438, eq. 16.
/// </summary>
/// <remarks>
/// Positions outside the mask are skipped: a hole in a response passes value and advantage of the next kept token through, as in verl.
/// For right-padded responses this equals TRL's scan over zeroed padding.
/// </remarks>
public sealed class GeneralizedAdvantageEstimator : IAdvantageEstimator
{
    /// <summary>Creates the estimator.</summary>
    /// <param name="discount">gamma in [0, 1], per token; 1 in Ziegler et al. 2019 and TRL.</param>
    /// <param name="lambda">lambda in [0, 1]: 0 trusts the value head, 1 the observed rewards; 0.95 in both.</param>
    public GeneralizedAdvantageEstimator(double discount = 1, double lambda = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(discount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(discount, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(lambda);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lambda, 1);
        Discount = discount;
        Lambda = lambda;
    }

    /// <summary>gamma, per token.</summary>
    public double Discount { get; }

    /// <summary>lambda.</summary>
    public double Lambda { get; }

    /// <inheritdoc/>
    public AdvantageResult Estimate(AdvantageInputs inputs)
    {
        Check.Rank(inputs.TokenRewards, 2);
        Check.FloatingPoint(inputs.TokenRewards);
        Check.SameShape(inputs.Values, inputs.TokenRewards);
        Check.SameShape(inputs.ResponseMask, inputs.TokenRewards);
        Check.Mask(inputs.ResponseMask);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        // Half precision is widened: a sum of hundreds of terms does not fit into 8 bits of mantissa.
        var dtype = inputs.TokenRewards.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var rewards = inputs.TokenRewards.detach().to(dtype);
        var values = inputs.Values.detach().to(dtype);
        var (advantages, returns) = rewards.device_type == TorchSharp.DeviceType.CPU
            ? Scan(rewards, values, inputs.ResponseMask)
            : WithOperators(rewards, values, inputs.ResponseMask);
        return new AdvantageResult(advantages.MoveToOuterDisposeScope(), returns.MoveToOuterDisposeScope());
    }

    /// <summary>One pass over the tensors' memory: 50 times faster than one operator per token.</summary>
    internal (Tensor Advantages, Tensor Returns) Scan(Tensor rewards, Tensor values, Tensor mask) =>
        rewards.dtype == ScalarType.Float64 ? Scan<double>(rewards, values, mask) : Scan<float>(rewards, values, mask);

    /// <summary>
    /// The same numbers, bit for bit, from tensor operators: for devices whose memory cannot be read, and as the reference.
    /// </summary>
    internal (Tensor Advantages, Tensor Returns) WithOperators(Tensor rewards, Tensor values, Tensor mask)
    {
        var (rows, width) = (rewards.shape[0], rewards.shape[1]);
        var outside = mask.logical_not();
        rewards = rewards.masked_fill(outside, 0);
        values = values.masked_fill(outside, 0);
        var advantages = zeros_like(rewards);
        var nextValue = zeros(rows, rewards.dtype, rewards.device);
        var nextAdvantage = zeros_like(nextValue);
        for (var t = width - 1; t >= 0; t--)
        {
            using var step = NewDisposeScope();
            var (value, keep) = (values.select(1, t), mask.select(1, t));
            var delta = rewards.select(1, t) + (Discount * nextValue) - value;
            var advantage = delta + (Discount * Lambda * nextAdvantage);
            nextAdvantage = where(keep, advantage, nextAdvantage).MoveToOuterDisposeScope();
            nextValue = where(keep, value, nextValue).MoveToOuterDisposeScope();
            advantages.select(1, t).copy_(advantage.masked_fill(keep.logical_not(), 0));
        }

        return (advantages, advantages + values);
    }

    private (Tensor Advantages, Tensor Returns) Scan<T>(Tensor rewards, Tensor values, Tensor mask)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (discount, decay) = (T.CreateChecked(Discount), T.CreateChecked(Discount * Lambda));
        var width = (int)rewards.shape[1];
        var advantages = zeros(rewards.shape, rewards.dtype);
        var returns = zeros(rewards.shape, rewards.dtype);
        if (rewards.numel() == 0)
        {
            return (advantages, returns);
        }

        var r = Read<T>(rewards);
        var v = Read<T>(values);
        var keep = Read<bool>(mask);
        var a = Read<T>(advantages);
        var target = Read<T>(returns);
        for (var row = 0; row < rewards.shape[0]; row++)
        {
            var (nextValue, nextAdvantage) = (T.Zero, T.Zero);
            for (var i = ((row + 1) * width) - 1; i >= row * width; i--)
            {
                if (keep[i])
                {
                    var delta = r[i] + (discount * nextValue) - v[i];
                    nextAdvantage = delta + (decay * nextAdvantage);
                    nextValue = v[i];
                    a[i] = nextAdvantage;
                    target[i] = nextAdvantage + nextValue;
                }
            }
        }

        return (advantages, returns);
    }

    private static Span<T> Read<T>(Tensor tensor)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.contiguous().bytes);
}
