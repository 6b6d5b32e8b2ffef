using BenchmarkDotNet.Attributes;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks;

/// <summary>Attention with grouped queries and RMSNorm of so many sequences x tokens, forward and backward, against the same in TorchSharp operators.</summary>
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

    [Params("4 x 256", "8 x 176", "16 x 64")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var (rows, length) = BenchmarkDevices.Size(Shape);
        _query = randn(rows, 12, length, 64, device: Device).requires_grad_();
        _key = randn(rows, 4, length, 64, device: Device).requires_grad_();
        _value = randn(rows, 4, length, 64, device: Device).requires_grad_();
        _input = randn(rows, length, 768, device: Device).requires_grad_();
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

    [Benchmark(Baseline = true), BenchmarkCategory("causal attention, 12 heads of 64 (4 key heads), forward and backward")]
    public void AttentionPlain() => TokenLogProbsBenchmarks.Train(
        () =>
        {
            var (key, value) = (_key.repeat_interleave(3, 1), _value.repeat_interleave(3, 1));
            var scores = _query.matmul(key.transpose(2, 3)) * 0.125;
            var future = ones(_query.shape[2], _query.shape[2], dtype: ScalarType.Bool, device: Device).triu(1);
            return scores.masked_fill(future, double.NegativeInfinity).softmax(-1).matmul(value);
        },
        _query, _key, _value);

    [Benchmark, BenchmarkCategory("causal attention, 12 heads of 64 (4 key heads), forward and backward")]
    public void AttentionOurs() => TokenLogProbsBenchmarks.Train(
        () => FusedOperators.Attention(_query, _key, _value, null, causal: true, 0.125), _query, _key, _value);

    [Benchmark(Baseline = true), BenchmarkCategory("RMSNorm of width 768, forward and backward")]
    public void RmsNormPlain() => TokenLogProbsBenchmarks.Train(
        () => _input * (_input.square().mean([-1], keepdim: true) + 1e-6).rsqrt() * _weight, _input, _weight);

    [Benchmark, BenchmarkCategory("RMSNorm of width 768, forward and backward")]
    public void RmsNormOurs() => TokenLogProbsBenchmarks.Train(() => FusedOperators.RmsNorm(_input, _weight, 1e-6), _input, _weight);
}
