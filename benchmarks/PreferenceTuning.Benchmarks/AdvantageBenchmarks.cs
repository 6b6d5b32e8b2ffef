using BenchmarkDotNet.Attributes;
using PreferenceTuning.Advantages;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks;

/// <summary>
/// Generalised advantage estimation of a rollout batch (responses x tokens), against the loop over tokens that one writes. Ours also
/// checks its inputs and lets the mask have holes. On a GPU it is such a loop too, with more operators a token for the holes.
/// </summary>
public class AdvantageBenchmarks
{
    private const int Repetitions = 10;
    private readonly GeneralizedAdvantageEstimator _estimator = new();
    private AdvantageInputs _inputs = null!;

    public static IEnumerable<string> Devices => BenchmarkDevices.All;

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "cpu";

    [Params("16 x 48", "256 x 2048")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        random.manual_seed(1);
        var (rows, width) = BenchmarkDevices.Size(Shape);
        _inputs = new AdvantageInputs(randn(rows, width, device: Device), randn(rows, width, device: Device), BenchmarkDevices.ResponseMask(rows, width, Device));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _inputs.TokenRewards.Dispose();
        _inputs.Values.Dispose();
        _inputs.ResponseMask.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Repetitions), BenchmarkCategory("GAE")]
    public void GaePlain() => Repeat(() => Plain(_inputs));

    [Benchmark(OperationsPerInvoke = Repetitions), BenchmarkCategory("GAE")]
    public void GaeOurs() => Repeat(() => _estimator.Estimate(_inputs).Advantages);

    internal static Tensor Plain(AdvantageInputs inputs)
    {
        var rewards = inputs.TokenRewards * inputs.ResponseMask;
        var values = inputs.Values * inputs.ResponseMask;
        var advantages = zeros_like(values);
        var (nextValue, nextAdvantage) = (zeros_like(values.select(1, 0)), zeros_like(values.select(1, 0)));
        for (var t = values.shape[1] - 1; t >= 0; t--)
        {
            using var step = NewDisposeScope();
            var value = values.select(1, t);
            nextAdvantage = (rewards.select(1, t) + nextValue - value + (0.95 * nextAdvantage)).MoveToOuterDisposeScope();
            nextValue = value.MoveToOuterDisposeScope();
            advantages.select(1, t).copy_(nextAdvantage);
        }

        // The returns, which the value loss needs.
        _ = advantages + values;
        return advantages;
    }

    private static void Repeat(Func<Tensor> estimate)
    {
        for (var i = 0; i < Repetitions; i++)
        {
            TokenLogProbsBenchmarks.Forward(estimate);
        }
    }
}
