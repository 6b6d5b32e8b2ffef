using BenchmarkDotNet.Attributes;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks;

/// <summary>Log-probs and entropies of 512 tokens over GPT-2's vocabulary, from logits and from hidden states of width 768.</summary>
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByCategory)]
public class TokenLogProbsBenchmarks
{
    internal const int Tokens = 512, Width = 768, Vocabulary = 50257;

    private Tensor _logits = null!;
    private Tensor _hidden = null!;
    private Tensor _weight = null!;
    private Tensor _targets = null!;
    private Tensor _weights = null!;

    public static IEnumerable<string> Devices => BenchmarkDevices.All;

    [ParamsSource(nameof(Devices))]
    public string Device { get; set; } = "cpu";

    [GlobalSetup]
    public void Setup()
    {
        random.manual_seed(1);
        _logits = (randn(Tokens, Vocabulary, device: Device) * 3).requires_grad_();
        _hidden = randn(Tokens, Width, device: Device).requires_grad_();
        _weight = (randn(Vocabulary, Width, device: Device) * 0.05).requires_grad_();
        _targets = randint(0, Vocabulary, [Tokens], dtype: ScalarType.Int64, device: Device);
        _weights = full(Tokens, -1.0 / Tokens, device: Device);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _logits.Dispose();
        _hidden.Dispose();
        _weight.Dispose();
        _targets.Dispose();
        _weights.Dispose();
    }

    [Benchmark(Baseline = true), BenchmarkCategory("log-probs and entropy of logits, forward")]
    public void LogitsForwardPlain() => Forward(() => Plain(_logits, _targets));

    [Benchmark, BenchmarkCategory("log-probs and entropy of logits, forward")]
    public void LogitsForwardOurs() => Forward(() => Ours(_logits, _targets));

    [Benchmark(Baseline = true), BenchmarkCategory("log-probs and entropy of logits, forward and backward")]
    public void LogitsTrainPlain() => Train(() => Plain(_logits, _targets), _logits);

    [Benchmark, BenchmarkCategory("log-probs and entropy of logits, forward and backward")]
    public void LogitsTrainOurs() => Train(() => Ours(_logits, _targets), _logits);

    [Benchmark(Baseline = true), BenchmarkCategory("log-probs and entropy of hidden states, forward")]
    public void HiddenForwardPlain() => Forward(() => PlainHidden(_hidden, _weight, _targets));

    [Benchmark, BenchmarkCategory("log-probs and entropy of hidden states, forward")]
    public void HiddenForwardOurs() => Forward(() => OursHidden(_hidden, _weight, _targets));

    [Benchmark(Baseline = true), BenchmarkCategory("log-probs and entropy of hidden states, forward and backward")]
    public void HiddenTrainPlain() => Train(() => PlainHidden(_hidden, _weight, _targets), _hidden, _weight);

    [Benchmark, BenchmarkCategory("log-probs and entropy of hidden states, forward and backward")]
    public void HiddenTrainOurs() => Train(() => OursHidden(_hidden, _weight, _targets), _hidden, _weight);

    [Benchmark(Baseline = true), BenchmarkCategory("negative log-likelihood of hidden states, forward and backward")]
    public void LikelihoodPlain() => Train(() => PlainLikelihood(_hidden, _weight, _targets), _hidden, _weight);

    [Benchmark, BenchmarkCategory("negative log-likelihood of hidden states, forward and backward")]
    public void LikelihoodOurs() => Train(() => OursLikelihood(_hidden, _weight, _targets, _weights), _hidden, _weight);

    internal static Tensor PlainLikelihood(Tensor hidden, Tensor weight, Tensor targets) =>
        nn.functional.cross_entropy(nn.functional.linear(hidden, weight), targets);

    internal static Tensor OursLikelihood(Tensor hidden, Tensor weight, Tensor targets, Tensor weights) =>
        TokenLogProbs.WeightedSumFromHidden(hidden, new OutputHead(weight), targets, weights).Sum;

    internal static Tensor Plain(Tensor logits, Tensor targets)
    {
        var logProbs = nn.functional.log_softmax(logits, 1);
        var chosen = logProbs.gather(1, targets.unsqueeze(1)).squeeze(1);
        return chosen + (0.01 * -(logProbs.exp() * logProbs).sum(1));
    }

    internal static Tensor Ours(Tensor logits, Tensor targets)
    {
        var result = TokenLogProbs.FromLogits(logits, targets);
        return result.LogProbs + (0.01 * result.Entropies);
    }

    internal static Tensor PlainHidden(Tensor hidden, Tensor weight, Tensor targets) => Plain(nn.functional.linear(hidden, weight), targets);

    internal static Tensor OursHidden(Tensor hidden, Tensor weight, Tensor targets)
    {
        var result = TokenLogProbs.FromHidden(hidden, new OutputHead(weight), targets);
        return result.LogProbs + (0.01 * result.Entropies);
    }

    internal static void Forward(Func<Tensor> objective)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        BenchmarkDevices.Wait(objective());
    }

    internal static void Train(Func<Tensor> objective, params Tensor[] leaves)
    {
        using var scope = NewDisposeScope();
        var loss = objective().mean();
        CheckedBackward.Run(loss);
        BenchmarkDevices.Wait(loss);
        foreach (var leaf in leaves)
        {
            leaf.grad = null;
        }
    }
}
