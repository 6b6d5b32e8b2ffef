using BenchmarkDotNet.Attributes;
using PreferenceTuning.Numerics;
using PreferenceTuning.Numerics.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks;

/// <summary>One AdamW step over the 148 tensors of GPT-2 small (124 million parameters, float32).</summary>
public class AdamWBenchmarks
{
    private readonly List<Parameter> _parameters = [];
    private readonly List<Tensor> _gradients = [];
    private readonly List<Tensor> _first = [];
    private readonly List<Tensor> _second = [];
    private readonly List<Tensor> _steps = [];
    private optim.Optimizer _plain = null!;

    public static IEnumerable<string> Devices => BenchmarkDevices.All;

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "cpu";

    [GlobalSetup]
    public void Setup()
    {
        foreach (var shape in Shapes())
        {
            var parameter = new Parameter(randn(shape, device: Device));
            parameter.grad = randn(shape, device: Device);
            _parameters.Add(parameter);
            _gradients.Add(parameter.grad);
            _first.Add(zeros(shape, device: Device));
            _second.Add(zeros(shape, device: Device));
            _steps.Add(zeros(1, device: Device));
        }

        _plain = optim.AdamW(_parameters, lr: 1e-5, weight_decay: 0.01);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        NativeOperators.Enabled = true;
        _plain.Dispose();
        foreach (var tensor in _parameters.Concat(_gradients).Concat(_first).Concat(_second).Concat(_steps))
        {
            tensor.Dispose();
        }
    }

    [Benchmark(Baseline = true), BenchmarkCategory("AdamW step, GPT-2 small")]
    public void AdamWPlain()
    {
        using var scope = NewDisposeScope();
        _plain.step();
        BenchmarkDevices.Wait(_parameters[0]);
    }

    [Benchmark, BenchmarkCategory("AdamW step, GPT-2 small")]
    public void AdamWOurs() => Step(native: true);

    [Benchmark, BenchmarkCategory("AdamW step, GPT-2 small")]
    public void AdamWOursManaged() => Step(native: false);

    private void Step(bool native)
    {
        NativeOperators.Enabled = native;
        using var scope = NewDisposeScope();
        foreach (var step in _steps)
        {
            step.add_(1);
        }

        FusedOperators.AdamWStep(_parameters, _gradients, _first, _second, _steps, new AdamWCoefficients(1e-5, 0.9, 0.999, 1e-8, 0.01));
        BenchmarkDevices.Wait(_parameters[0]);
    }

    private static IEnumerable<long[]> Shapes()
    {
        yield return [50257, 768];
        yield return [1024, 768];
        for (var layer = 0; layer < 12; layer++)
        {
            long[][] shapes = [[768], [768], [768, 2304], [2304], [768, 768], [768], [768], [768], [768, 3072], [3072], [3072, 768], [768]];
            foreach (var shape in shapes)
            {
                yield return shape;
            }
        }

        yield return [768];
        yield return [768];
    }
}
