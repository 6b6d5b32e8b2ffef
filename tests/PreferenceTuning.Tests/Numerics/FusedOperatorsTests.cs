using NUnit.Framework;
using PreferenceTuning.Numerics;
using PreferenceTuning.Numerics.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>The native operators and their managed versions give the same numbers.</summary>
public sealed class FusedOperatorsTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        random.manual_seed(3);
    }

    [TearDown]
    public void Close()
    {
        NativeOperators.Enabled = true;
        _scope.Dispose();
    }

    [Test]
    public void On_linux_the_native_operators_are_used_and_the_description_says_so()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("libtorch's dispatcher is called on Linux only, elsewhere the managed operators compute: run this test on Linux");
        }

        var text = NativeOperators.Describe();
        Assert.That(text, Does.Contain("AdamW step: aten::_fused_adamw_"));
        Assert.That(text, Does.Contain("attention: aten::scaled_dot_product_attention"));
        Assert.That(text, Does.Contain("RMSNorm: aten::rms_norm"));
        NativeOperators.Enabled = false;
        Assert.That(NativeOperators.Describe(), Does.Contain("AdamW step: managed (switched off)").And.Contain("attention: managed"));
    }

    [Test]
    public void An_operator_that_libtorch_does_not_know_is_an_exception()
    {
        if (Dispatcher.Unavailable is { } reason)
        {
            Assert.Ignore($"libtorch's dispatcher cannot be called here, so there is nothing to test: {reason}");
        }

        Assert.That(
            () => Dispatcher.Call("aten::no_such_operator", "", Slot.Of(1.0)),
            Throws.InvalidOperationException.With.Message.Contains("aten::no_such_operator"));
    }

    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.Float64)]
    public void Fused_AdamW_is_bit_equal_to_the_managed_step_over_whole_vectors(ScalarType type)
    {
        foreach (var (native, managed) in FiveSteps([[64, 128], [512], [1024, 3]], type))
        {
            Assert.That(native.eq(managed).all().ToBoolean());
        }
    }

    [Test]
    public void Fused_AdamW_differs_by_rounding_at_the_ends_of_vectors()
    {
        // What is left over after whole vectors the native kernel computes in float64 and rounds once.
        foreach (var (native, managed) in FiveSteps([[37, 5], [1], [1000], [5, 3]], ScalarType.Float32))
        {
            Assert.That(((native - managed).abs() - (managed.abs() * 2.5e-7)).max().item<float>(), Is.LessThanOrEqualTo(1e-12f));
        }
    }

    [Test]
    public void The_first_AdamW_step_moves_by_the_learning_rate_and_decays()
    {
        // m / (1 - b1) = g, sqrt(v / (1 - b2)) = |g|: 2 - 0.1 * 0.5 * 2 - 0.1 = 1.8 (epsilon 0).
        var state = new AdamWState([tensor(new[] { 2.0 })]);
        state.Step([tensor(new[] { 7.0 })], new AdamWCoefficients(0.1, 0.9, 0.999, 0, 0.5));
        Assert.That(state.All.First().item<double>(), Is.EqualTo(1.8).Within(1e-12));
    }

    [Test]
    public void AdamW_names_the_tensor_that_does_not_fit()
    {
        var one = new[] { ones(2) };
        var coefficients = new AdamWCoefficients(0.1, 0.9, 0.999, 0, 0.5);
        Assert.That(
            () => FusedOperators.AdamWStep(one, [ones(3)], one, one, [ones(1)], coefficients),
            Throws.ArgumentException.With.Message.Contains("'gradients[0]' has shape [3] but 'parameters[0]' has shape [2]"));
        Assert.That(
            () => FusedOperators.AdamWStep(one, [], one, one, [ones(1)], coefficients),
            Throws.ArgumentException.With.Message.Contains("'gradients' has 0 tensors but 'parameters' has 1"));
        Assert.That(
            () => FusedOperators.AdamWStep(one, one, one, one, [ones(1, dtype: ScalarType.Float64)], coefficients),
            Throws.ArgumentException.With.Message.Contains("'steps[0]'"));
    }

    // Heads 4 over 2 key heads; T = 3 queries are the last of S = 5 keys; mask kinds none, bool, additive.
    [Test]
    public void Attention_agrees_with_its_managed_version_and_with_the_formula(
        [Values(3, 5)] int queries, [Values] bool causal, [Values("none", "bool", "additive")] string kind, [Values(0.3, 1.0)] double scale)
    {
        const ScalarType type = ScalarType.Float64;
        var q = randn([2, 4, queries, 6], dtype: type).requires_grad_();
        var k = randn([2, 2, 5, 6], dtype: type).requires_grad_();
        var v = randn([2, 2, 5, 7], dtype: type).requires_grad_();
        var keep = rand([2, 1, 1, 5]).gt(0.3);
        keep[.., .., .., 0] = true;
        var mask = kind switch { "bool" => keep, "additive" => randn([1, 4, queries, 5], dtype: type), _ => null };
        var upstream = randn([2, 4, queries, 7], dtype: type);
        var results = new List<Tensor[]>();
        foreach (var native in new[] { true, false })
        {
            NativeOperators.Enabled = native;
            results.Add(WithGradients(() => FusedOperators.Attention(q, k, v, mask, causal, scale), upstream, q, k, v));
        }

        results.Add(WithGradients(() => Formula(q, k, v, mask, causal, scale), upstream, q, k, v));
        for (var i = 0; i < 4; i++)
        {
            Assert.That(Distance(results[0][i], results[2][i]), Is.LessThan(1e-12), $"native, result {i}");
            Assert.That(Distance(results[1][i], results[2][i]), Is.LessThan(1e-12), $"managed, result {i}");
        }
    }

    [Test]
    public void A_query_that_may_attend_nothing_gets_zeros(
        [Values] bool native, [Values(ScalarType.Float32, ScalarType.Float64)] ScalarType type)
    {
        NativeOperators.Enabled = native;
        var q = randn([1, 2, 2, 4], dtype: type).requires_grad_();
        var (k, v) = (randn([1, 1, 2, 4], dtype: type), randn([1, 1, 2, 4], dtype: type));
        var mask = tensor(new[,] { { false, false }, { true, true } });
        var result = FusedOperators.Attention(q, k, v, mask, causal: false, scale: 0.5);
        CheckedBackward.Run(result.sum());
        Assert.That(result[0, 0, 0].eq(0).all().ToBoolean());
        Assert.That(q.grad!.isfinite().all().ToBoolean());
    }

    [Test]
    public void Attention_names_the_argument_that_does_not_fit()
    {
        var q = randn(1, 3, 2, 4);
        Assert.That(
            () => FusedOperators.Attention(q, randn(1, 2, 2, 4), randn(1, 2, 2, 4), null, false, 1),
            Throws.ArgumentException.With.Message.Contains("3 heads and 'key' 2"));
        Assert.That(
            () => FusedOperators.Attention(q, randn(1, 1, 2, 4), randn(1, 1, 2, 4), ones(5, dtype: ScalarType.Bool), false, 1),
            Throws.ArgumentException.With.Message.Contains("'mask' has shape [5]"));
        Assert.That(
            () => FusedOperators.Attention(q, randn(1, 1, 1, 4), randn(1, 1, 1, 4), null, true, 1),
            Throws.ArgumentException.With.Message.Contains("causal queries are the last positions"));
    }

    [Test]
    public void RmsNorm_of_3_and_4_divides_by_their_root_mean_square([Values] bool native)
    {
        // Mean square (9 + 16) / 2 = 12.5; 3 / sqrt(12.5) = 0.848528, 4 / sqrt(12.5) = 1.131371; weights 1 and 2.
        NativeOperators.Enabled = native;
        var result = FusedOperators.RmsNorm(tensor(new[] { 3.0, 4.0 }), tensor(new[] { 1.0, 2.0 }), 0);
        Assert.That(result[0].item<double>(), Is.EqualTo(0.8485281374238570).Within(1e-12));
        Assert.That(result[1].item<double>(), Is.EqualTo(2.2627416997969522).Within(1e-12));
    }

    [TestCase(ScalarType.Float32, 1e-6)]
    [TestCase(ScalarType.Float64, 1e-13)]
    [TestCase(ScalarType.BFloat16, 4e-2)]
    public void RmsNorm_agrees_with_its_managed_version(ScalarType type, double tolerance)
    {
        var x = randn([3, 5, 16], dtype: type).requires_grad_();
        var weight = randn([16], dtype: type).requires_grad_();
        var upstream = randn([3, 5, 16], dtype: type);
        NativeOperators.Enabled = true;
        var native = WithGradients(() => FusedOperators.RmsNorm(x, weight, 1e-5), upstream, x, weight);
        NativeOperators.Enabled = false;
        var managed = WithGradients(() => FusedOperators.RmsNorm(x, weight, 1e-5), upstream, x, weight);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(
                Distance(native[i], managed[i]), Is.LessThan(tolerance * Math.Max(1, managed[i].abs().max().ToDouble())), $"result {i}");
        }
    }

    [Test]
    public void Native_calls_leave_no_tensors_behind()
    {
        var (q, k) = (randn(1, 2, 3, 4), randn(1, 1, 3, 4));
        var before = Tensor.TotalCount;
        using (NewDisposeScope())
        {
            FusedOperators.Attention(q, k, k, null, true, 0.5);
            FusedOperators.RmsNorm(q, k[0, 0, 0], 1e-6);
            MatrixProducts.Linear(q, k[0, 0]);
        }

        Assert.That(Tensor.TotalCount, Is.EqualTo(before));
    }

    private static IEnumerable<(Tensor Native, Tensor Managed)> FiveSteps(long[][] shapes, ScalarType type)
    {
        var coefficients = new AdamWCoefficients(3e-4, 0.9, 0.95, 1e-8, 0.01);
        Tensor[] Make() => [.. shapes.Select(shape => randn(shape, dtype: type))];
        var initial = Make();
        var (native, managed) = (new AdamWState(initial), new AdamWState(initial));
        for (var step = 0; step < 5; step++)
        {
            var gradients = Make();
            NativeOperators.Enabled = true;
            native.Step(gradients, coefficients);
            NativeOperators.Enabled = false;
            managed.Step(gradients, coefficients);
        }

        return native.All.Zip(managed.All);
    }

    private static Tensor[] WithGradients(Func<Tensor> function, Tensor upstream, params Tensor[] leaves)
    {
        foreach (var leaf in leaves)
        {
            leaf.grad = null;
        }

        var result = function();
        CheckedBackward.Run((result * upstream).sum());
        return [result.detach(), .. leaves.Select(leaf => leaf.grad!)];
    }

    private static Tensor Formula(Tensor q, Tensor k, Tensor v, Tensor? mask, bool causal, double scale)
    {
        var scores = q.matmul(k.repeat_interleave(2, 1).transpose(2, 3)) * scale;
        scores = mask is null ? scores : mask.dtype == ScalarType.Bool ? scores.masked_fill(~mask, double.NegativeInfinity) : scores + mask;
        if (causal)
        {
            var (rows, columns) = (q.shape[2], k.shape[2]);
            var future = arange(columns).unsqueeze(0).gt(arange(rows).unsqueeze(1) + (columns - rows));
            scores = scores.masked_fill(future, double.NegativeInfinity);
        }

        return scores.softmax(-1).matmul(v.repeat_interleave(2, 1));
    }

    private static double Distance(Tensor x, Tensor y) => (x - y).abs().max().to_type(ScalarType.Float64).item<double>();

    private sealed class AdamWState(IEnumerable<Tensor> initial)
    {
        private readonly Tensor[] _parameters = [.. initial.Select(tensor => tensor.clone())];
        private readonly Tensor[] _first = [.. initial.Select(tensor => zeros_like(tensor))];
        private readonly Tensor[] _second = [.. initial.Select(tensor => zeros_like(tensor))];
        private readonly Tensor[] _steps = [.. initial.Select(_ => zeros(1))];

        public IEnumerable<Tensor> All => [.. _parameters, .. _first, .. _second];

        public void Step(Tensor[] gradients, AdamWCoefficients coefficients)
        {
            foreach (var step in _steps)
            {
                step.add_(1);
            }

            FusedOperators.AdamWStep(_parameters, gradients, _first, _second, _steps, coefficients);
        }
    }
}
