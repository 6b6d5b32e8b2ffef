using BenchmarkDotNet.Attributes;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks;

/// <summary>The two matrix libraries inside libtorch: a linear map's forward, and forward with both backward products.</summary>
public class MatrixBenchmarks
{
    private Tensor _input = null!;
    private Tensor _weight = null!;

    [Params("1024 x 768 x 3072", "16 x 768 x 3072", "16 x 768 x 50257")]
    public string Shape { get; set; } = "";

    [Params(MatrixBackend.Mkl, MatrixBackend.OneDnn)]
    public MatrixBackend Backend { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var sizes = Shape.Split(" x ").Select(long.Parse).ToArray();
        _input = randn(sizes[0], sizes[1]).requires_grad_();
        _weight = randn(sizes[2], sizes[1]).requires_grad_();
        MatrixProducts.Backend = Backend;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        MatrixProducts.Backend = MatrixBackend.Auto;
        _input.Dispose();
        _weight.Dispose();
    }

    [Benchmark, BenchmarkCategory("linear, forward")]
    public void LinearForward() => TokenLogProbsBenchmarks.Forward(() => MatrixProducts.Linear(_input, _weight));

    [Benchmark, BenchmarkCategory("linear, forward and backward")]
    public void LinearTrain() => TokenLogProbsBenchmarks.Train(() => MatrixProducts.Linear(_input, _weight), _input, _weight);
}
