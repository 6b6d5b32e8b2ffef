using BenchmarkDotNet.Attributes;
using PreferenceTuning.Benchmarks.Steps;
using PreferenceTuning.Models;
using PreferenceTuning.Rollouts;
using static TorchSharp.torch;
using static PreferenceTuning.Benchmarks.Steps.StepSizes;

namespace PreferenceTuning.Benchmarks;

/// <summary>
/// One decode step of GPT-2 small: a token each for 16 rows through body and head, and one drawn from the result; the mean of the steps of
/// a generation that begins with one token. Generations with a prompt, and both sides' peak memory: <c>steps decode-16</c>.
/// </summary>
public class DecodeBenchmarks
{
    private const int Steps = 16;
    private PlainGpt2 _plain = null!;
    private PolicyModel _ours = null!;
    private RolloutEngine _engine = null!;
    private PromptBatch _prompts = null!;
    private Tensor _plainPrompts = null!;

    public static IEnumerable<string> Devices => BenchmarkDevices.All;

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "cpu";

    [GlobalSetup]
    public void Setup()
    {
        var device = new Device(Device);
        _plain = new PlainGpt2(Small, device);
        _plainPrompts = PlainSteps.Ids(Rows, 1, 1, device);
        _ours = OurSteps.Model(1, device);
        _engine = new RolloutEngine(_ours, new SamplingOptions { MaxNewTokens = Steps });
        _prompts = PromptBatch.Create([.. Enumerable.Range(0, Rows).Select(row => Tokens(1, row))], seed: 1);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _plain.Dispose();
        _plainPrompts.Dispose();
        _ours.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Steps), BenchmarkCategory("decode step, 16 rows")]
    public void DecodePlain()
    {
        using var scope = NewDisposeScope();
        BenchmarkDevices.Wait(PlainSteps.Generate(_plain, _plainPrompts, Steps));
    }

    [Benchmark(OperationsPerInvoke = Steps), BenchmarkCategory("decode step, 16 rows")]
    public void DecodeOurs()
    {
        using var scope = NewDisposeScope();
        BenchmarkDevices.Wait(_engine.Generate(_prompts).ResponseIds);
    }
}
