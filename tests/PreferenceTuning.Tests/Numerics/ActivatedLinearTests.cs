using NUnit.Framework;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>The kernel of the feed-forward part, against the published formulas in float64.</summary>
public sealed class ActivatedLinearTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        random.manual_seed(11);
    }

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void Values_and_slopes_are_those_of_the_formulas([Values(0, 1, 2)] int kind)
    {
        var nonlinearity = (Nonlinearity)kind;
        var points = Enumerable.Range(-1600, 3200).Select(i => i / 80f).ToArray(); // -20 to 20
        var x = tensor(points).view(1, -1);
        var (value, slope) = ActivationKernel.Backward(x, null, nonlinearity, ones_like(x));
        var (values, slopes) = (value.data<float>().ToArray(), slope.data<float>().ToArray());
        Assert.That(ActivationKernel.Forward(x, null, nonlinearity).data<float>().ToArray(), Is.EqualTo(values));
        for (var i = 0; i < points.Length; i++)
        {
            var expected = Formula(nonlinearity, points[i]);
            Assert.That(values[i], Is.EqualTo(expected.Value).Within(2e-7 + (4e-7 * Math.Abs(expected.Value))), $"f({points[i]})");
            Assert.That(slopes[i], Is.EqualTo(expected.Slope).Within(1e-6), $"f'({points[i]})");
        }
    }

    [Test]
    public void What_is_no_number_stays_none([Values(0, 1, 2)] int kind)
    {
        var x = full(1, 8, float.NaN);
        Assert.That(ActivationKernel.Forward(x, null, (Nonlinearity)kind).isnan().all().item<bool>());
    }

    // The widest tensors of a Llama come as halves of one product: rows that are not next to each other.
    [Test]
    public void Values_and_gradients_agree_with_float64_operators(
        [Values(0, 1, 2)] int kind, [Values] bool gated, [Values] bool transposed, [Values] bool withBias)
    {
        var nonlinearity = (Nonlinearity)kind;
        Tensor[] exact =
        [
            randn([3, 4, 2 * 24], dtype: ScalarType.Float64), randn([10, 24], dtype: ScalarType.Float64), randn([10], dtype: ScalarType.Float64),
        ];
        var upstream = randn([3, 4, 10], dtype: ScalarType.Float64);

        (Tensor Output, Tensor?[] Gradients) Run(ScalarType type, Func<Tensor, Tensor?, Tensor, Tensor?, Tensor> function)
        {
            var leaves = exact.Select((leaf, i) => (i == 1 && transposed ? leaf.t().contiguous() : leaf).to_type(type).detach().clone().requires_grad_()).ToArray();
            var parts = leaves[0].chunk(2, -1);
            var output = function(parts[0], gated ? parts[1] : null, leaves[1], withBias ? leaves[2] : null);
            CheckedBackward.Run((output * upstream.to_type(type)).sum());
            return (output, [.. leaves.Select(leaf => leaf.grad)]);
        }

        var expected = Run(ScalarType.Float64, (x, up, weight, bias) =>
        {
            var value = up is null ? Operators(nonlinearity, x) : Operators(nonlinearity, x) * up;
            return nn.functional.linear(value, transposed ? weight.t() : weight, bias);
        });
        var got = Run(ScalarType.Float32, (x, up, weight, bias) => ActivatedLinear.Apply(x, up, nonlinearity, weight, bias, transposed));
        AssertClose(got.Output, expected.Output);
        foreach (var (g, e) in got.Gradients.Zip(expected.Gradients))
        {
            Assert.That(g is null, Is.EqualTo(e is null));
            if (g is not null)
            {
                AssertClose(g, e!);
            }
        }
    }

    [Test]
    public void Without_a_gradient_the_value_is_the_same([Values] bool gated)
    {
        var (x, up, weight) = (randn(5, 16), gated ? randn(5, 16) : null, randn(8, 16));
        var plain = ActivatedLinear.Apply(x, up, Nonlinearity.Silu, weight, null, transposed: false);
        var trained = ActivatedLinear.Apply(x, up, Nonlinearity.Silu, weight.clone().requires_grad_(), null, transposed: false);
        AssertClose(plain, trained.to_type(ScalarType.Float64));
    }

    [Test]
    public void A_frozen_input_gets_no_gradient_and_a_frozen_weight_none()
    {
        var (x, weight) = (randn(5, 16), randn(8, 16).requires_grad_());
        CheckedBackward.Run(ActivatedLinear.Apply(x, null, Nonlinearity.TanhGelu, weight, null, transposed: false).sum());
        Assert.That(x.grad is null && weight.grad is not null);
        var (trained, frozen) = (randn(5, 16).requires_grad_(), randn(8, 16));
        CheckedBackward.Run(ActivatedLinear.Apply(trained, null, Nonlinearity.TanhGelu, frozen, null, transposed: false).sum());
        Assert.That(trained.grad is not null && frozen.grad is null);
    }

    private static (double Value, double Slope) Formula(Nonlinearity nonlinearity, double x)
    {
        switch (nonlinearity)
        {
            case Nonlinearity.TanhGelu:
                var root = Math.Sqrt(2 / Math.PI);
                var u = root * (x + (0.044715 * x * x * x));
                var slope = root * (1 + (3 * 0.044715 * x * x)) / (Math.Cosh(u) * Math.Cosh(u));
                return (0.5 * x * (1 + Math.Tanh(u)), (0.5 * (1 + Math.Tanh(u))) + (0.5 * x * slope));
            case Nonlinearity.Silu:
                var s = 1 / (1 + Math.Exp(-x));
                return (x * s, s + (x * s * (1 - s)));
            default:
                return (Math.Max(x, 0), x > 0 ? 1 : 0);
        }
    }

    private static Tensor Operators(Nonlinearity nonlinearity, Tensor x) => nonlinearity switch
    {
        Nonlinearity.TanhGelu => nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh),
        Nonlinearity.Silu => nn.functional.silu(x),
        _ => nn.functional.relu(x),
    };

    private static void AssertClose(Tensor got, Tensor expected) =>
        Assert.That((got.to_type(ScalarType.Float64) - expected).abs().max().item<double>(), Is.LessThan(3e-6 * expected.abs().max().item<double>()));
}
