using BenchmarkDotNet.Attributes;
using PreferenceTuning.Benchmarks.Steps;
using PreferenceTuning.Models;
using static TorchSharp.torch;
using static PreferenceTuning.Benchmarks.Steps.StepSizes;

namespace PreferenceTuning.Benchmarks;

/// <summary>
/// One decode step of GPT-2 small: a token each for 16 rows behind some 40 cached ones, through the head, and one drawn. The cache grows
/// by one token with every step, alike on both sides, and both draw with torch's operators: the model alone differs. Whole generations, and both sides' peak memory: <c>steps decode-16</c>.
/// </summary>
public class DecodeBenchmarks
{
    private const int Steps = 4, Room = 256;
    private readonly PlainCache[] _plainCaches = [.. Enumerable.Range(0, Layers).Select(_ => new PlainCache())];
    private PlainGpt2 _plain = null!;
    private DecoderModel _ours = null!;
    private KeyValueCache _cache = null!;
    private Tensor _mask = null!, _plainToken = null!, _token = null!;

    public static IEnumerable<string> Devices => BenchmarkDevices.All;

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "cpu";

    [GlobalSetup]
    public void Setup()
    {
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var prompts = randint(0, Vocabulary, [Rows, PromptLength], dtype: ScalarType.Int64, device: Device);
        _plain = new PlainGpt2(Small, new Device(Device));
        _plain.Forward(prompts, _plainCaches);
        _ours = DecoderModel.Random(DecoderConfig.Gpt2(Vocabulary, Width, Layers, Heads, Context), seed: 1, device: new Device(Device));
        _cache = _ours.NewCache(Rows, Room);
        _mask = ones(Rows, Room, dtype: ScalarType.Bool, device: Device).DetachFromDisposeScope();
        _ours.Hidden(prompts, _mask.narrow(1, 0, PromptLength), positions: null, _cache);
        _plainToken = prompts.narrow(1, 0, 1).clone().DetachFromDisposeScope();
        _token = _plainToken.clone().DetachFromDisposeScope();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var cache in _plainCaches)
        {
            cache.Keys?.Dispose();
            cache.Values?.Dispose();
        }

        _plain.Dispose();
        _cache.Dispose();
        _ours.Dispose();
        _mask.Dispose();
        _plainToken.Dispose();
        _token.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Steps), BenchmarkCategory("decode step, 16 rows")]
    public void DecodePlain() => Repeat(ref _plainToken, token =>
    {
        var held = _plainCaches.Select(cache => (cache.Keys, cache.Values)).ToArray();
        var hidden = _plain.Forward(token, _plainCaches);
        foreach (var (keys, values) in held)
        {
            keys!.Dispose();
            values!.Dispose();
        }

        return _plain.Logits(hidden.select(1, 0));
    });

    [Benchmark(OperationsPerInvoke = Steps), BenchmarkCategory("decode step, 16 rows")]
    public void DecodeOurs() => Repeat(ref _token, token =>
    {
        var hidden = _ours.Hidden(token, _mask.narrow(1, 0, _cache.Length + 1), full([Rows, 1], _cache.Length, dtype: ScalarType.Int64, device: Device), _cache);
        return _ours.Head.Logits(hidden.select(1, 0));
    });

    private static void Repeat(ref Tensor token, Func<Tensor, Tensor> logits)
    {
        for (var i = 0; i < Steps; i++)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var drawn = multinomial(logits(token).softmax(-1), 1).DetachFromDisposeScope();
            token.Dispose();
            token = drawn;
        }

        BenchmarkDevices.Wait(token);
    }
}
