using BenchmarkDotNet.Attributes;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks;

/// <summary>Attention with grouped queries and RMSNorm, forward and backward, against the same in TorchSharp operators.</summary>
public class OperatorBenchmarks
{
    private Tensor _query = null!;
    private Tensor _key = null!;
    private Tensor _value = null!;
    private Tensor _input = null!;
    private Tensor _weight = null!;

    public static IEnumerable<string> Devices => BenchmarkDevices.All;

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "cpu";

    [GlobalSetup]
    public void Setup()
    {
        _query = randn(4, 12, 256, 64, device: Device).requires_grad_();
        _key = randn(4, 4, 256, 64, device: Device).requires_grad_();
        _value = randn(4, 4, 256, 64, device: Device).requires_grad_();
        _input = randn(4, 256, 768, device: Device).requires_grad_();
        _weight = ones(768, device: Device).requires_grad_();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var tensor in new[] { _query, _key, _value, _input, _weight })
        {
            tensor.Dispose();
        }
    }

    [Benchmark(Baseline = true), BenchmarkCategory("causal attention 4 x 12 (4 key heads) x 256 x 64, forward and backward")]
    public void AttentionPlain() => TokenLogProbsBenchmarks.Train(
        () =>
        {
            var (key, value) = (_key.repeat_interleave(3, 1), _value.repeat_interleave(3, 1));
            var scores = _query.matmul(key.transpose(2, 3)) * 0.125;
            var future = ones(256, 256, dtype: ScalarType.Bool, device: Device).triu(1);
            return scores.masked_fill(future, double.NegativeInfinity).softmax(-1).matmul(value);
        },
        _query, _key, _value);

    [Benchmark, BenchmarkCategory("causal attention 4 x 12 (4 key heads) x 256 x 64, forward and backward")]
    public void AttentionOurs() => TokenLogProbsBenchmarks.Train(
        () => FusedOperators.Attention(_query, _key, _value, null, causal: true, 0.125), _query, _key, _value);

    [Benchmark(Baseline = true), BenchmarkCategory("RMSNorm 1024 x 768, forward and backward")]
    public void RmsNormPlain() => TokenLogProbsBenchmarks.Train(
        () => _input * (_input.square().mean([-1], keepdim: true) + 1e-6).rsqrt() * _weight, _input, _weight);

    [Benchmark, BenchmarkCategory("RMSNorm 1024 x 768, forward and backward")]
    public void RmsNormOurs() => TokenLogProbsBenchmarks.Train(() => FusedOperators.RmsNorm(_input, _weight, 1e-6), _input, _weight);
}
