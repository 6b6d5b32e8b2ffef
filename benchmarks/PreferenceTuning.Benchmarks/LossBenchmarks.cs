using BenchmarkDotNet.Attributes;
using PreferenceTuning.Losses;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks;

/// <summary>
/// The losses of a step behind the model, from token log-probs and values (responses x tokens) to their gradients, against the formulas
/// as one writes them, multiplied by the mask at the end. Ours checks its inputs and does more, on every device alike.
/// PPO: it masks before the exponential, so that garbage in padding cannot become an infinity or NaN, and marks which tokens were clipped.
/// DPO: it sums inside masks, counts tokens, returns the implicit rewards of both responses, and its log-sigmoid is exact far out.
/// </summary>
public class LossBenchmarks
{
    private const int Repetitions = 100;
    private const double Clip = 0.2, Beta = 0.1;
    private Tensor _logProbs = null!, _otherLogProbs = null!, _values = null!;
    private Tensor _oldLogProbs = null!, _oldValues = null!, _advantages = null!, _returns = null!;
    private Tensor _mask = null!, _weights = null!;

    public static IEnumerable<string> Devices => BenchmarkDevices.All;

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "cpu";

    [Params("16 x 48", "64 x 512")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        random.manual_seed(1);
        var (rows, width) = BenchmarkDevices.Size(Shape);
        Tensor Numbers(double around, double deviation) => (around + (randn(rows, width, device: Device) * deviation)).DetachFromDisposeScope();
        (_logProbs, _otherLogProbs, _values) = (Numbers(-2, 1).requires_grad_(), Numbers(-2, 1).requires_grad_(), Numbers(0, 1).requires_grad_());
        (_oldLogProbs, _oldValues, _advantages, _returns) = (Numbers(-2, 1), Numbers(0, 1), Numbers(0, 1), Numbers(0, 1));
        _mask = BenchmarkDevices.ResponseMask(rows, width, Device);
        _weights = _mask.to(ScalarType.Float32);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        Tensor[] all = [_logProbs, _otherLogProbs, _values, _oldLogProbs, _oldValues, _advantages, _returns, _mask, _weights];
        foreach (var tensor in all)
        {
            tensor.Dispose();
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Repetitions), BenchmarkCategory("PPO policy and value loss, forward and backward")]
    public void PpoPlain() => Repeat(
        () =>
        {
            var ratios = (_logProbs - _oldLogProbs).exp();
            var policy = max(-_advantages * ratios, -_advantages * ratios.clamp(1 - Clip, 1 + Clip));
            var clipped = _oldValues + (_values - _oldValues).clamp(-Clip, Clip);
            var value = 0.5 * max((_values - _returns).square(), (clipped - _returns).square());
            return ((policy * _weights).sum() / _weights.sum()) + (0.1 * (value * _weights).sum() / _weights.sum());
        },
        _logProbs, _values);

    [Benchmark(OperationsPerInvoke = Repetitions), BenchmarkCategory("PPO policy and value loss, forward and backward")]
    public void PpoOurs() => Repeat(
        () =>
        {
            var policy = PolicyLosses.PpoClipped(_logProbs, _oldLogProbs, _advantages, _mask, Clip).Losses;
            var value = ValueLosses.Clipped(_values, _oldValues, _returns, _mask, Clip).Losses;
            return Masked.Mean(policy, _mask) + (0.1 * Masked.Mean(value, _mask));
        },
        _logProbs, _values);

    [Benchmark(Baseline = true, OperationsPerInvoke = Repetitions), BenchmarkCategory("DPO loss, forward and backward")]
    public void DpoPlain() => Repeat(
        () =>
        {
            var chosen = ((_logProbs - _oldLogProbs) * _weights).sum([1]);
            var rejected = ((_otherLogProbs - _oldValues) * _weights).sum([1]);
            return -nn.functional.logsigmoid(Beta * (chosen - rejected)).mean();
        },
        _logProbs, _otherLogProbs);

    [Benchmark(OperationsPerInvoke = Repetitions), BenchmarkCategory("DPO loss, forward and backward")]
    public void DpoOurs() => Repeat(
        () => PreferenceLosses.Sigmoid(
            PairLogProbs.FromTokens(_logProbs, _mask, _otherLogProbs, _mask), PairLogProbs.FromTokens(_oldLogProbs, _mask, _oldValues, _mask), Beta).Losses.mean(),
        _logProbs, _otherLogProbs);

    private static void Repeat(Func<Tensor> loss, params Tensor[] leaves)
    {
        for (var i = 0; i < Repetitions; i++)
        {
            TokenLogProbsBenchmarks.Train(loss, leaves);
        }
    }
}
