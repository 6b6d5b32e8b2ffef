using NUnit.Framework;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Optimization;

public sealed class AdamWTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    [Test]
    public void The_first_step_moves_by_the_rate_whatever_the_size_of_the_gradient()
    {
        var weight = Parameter("w", [1.0, 1.0]);
        using var optimizer = new AdamW([weight], new AdamWOptions { Epsilon = 0 });
        weight.Value.grad = tensor([1e-6, -1e6]);

        optimizer.Step(0.1);

        Assert.That(Numbers(weight), Is.EqualTo([0.9, 1.1]).Within(1e-12), "m / sqrt(v) is the sign after bias correction");
    }

    [Test]
    public void The_place_of_epsilon_matters_in_the_first_step()
    {
        var (after, before) = (Parameter("w", [1.0]), Parameter("w", [1.0]));
        using var optimizerAfter = new AdamW([after], new AdamWOptions { Epsilon = 1 });
        using var optimizerBefore = new AdamW(
            [before], new AdamWOptions { Epsilon = 1, EpsilonPlacement = AdamEpsilon.BeforeBiasCorrection });
        after.Value.grad = tensor([3.0]);
        before.Value.grad = tensor([3.0]);

        optimizerAfter.Step(0.1);
        optimizerBefore.Step(0.1);

        // m = 0.3, v = 0.009. After: 0.1 * 3 / (3 + 1). Before: 0.1 * sqrt(0.001) / 0.1 * 0.3 / (sqrt(0.009) + 1).
        Assert.That(Numbers(after)[0], Is.EqualTo(1 - 0.075).Within(1e-12));
        Assert.That(Numbers(before)[0], Is.EqualTo(1 - (Math.Sqrt(0.001) * 0.3 / (Math.Sqrt(0.009) + 1))).Within(1e-12));
    }

    [Test]
    public void By_default_matrices_decay_and_biases_and_norms_do_not()
    {
        var (matrix, bias) = (new NamedParameter("w", ones(1, 1, ScalarType.Float64).requires_grad_()), Parameter("b", [1.0]));
        using var optimizer = new AdamW([matrix, bias], new AdamWOptions { WeightDecay = 0.5 });
        matrix.Value.grad = zeros_like(matrix.Value);
        bias.Value.grad = zeros_like(bias.Value);

        optimizer.Step(0.1);

        Assert.That(Numbers(matrix)[0], Is.EqualTo(0.95).Within(1e-12), "1 - 0.1 * 0.5");
        Assert.That(Numbers(bias)[0], Is.EqualTo(1));
    }

    [Test]
    public void A_parameter_without_gradient_stays_and_does_not_age()
    {
        var (used, unused) = (Parameter("used", [1.0]), Parameter("unused", [1.0]));
        using var optimizer = new AdamW([used, unused], new AdamWOptions { WeightDecay = 0.5, Decays = _ => true });
        used.Value.grad = tensor([1.0]);
        optimizer.Step(0.1);
        optimizer.ZeroGradients();

        Assert.That(Numbers(unused)[0], Is.EqualTo(1));
        Assert.That(optimizer.ExportState().Single(tensor => tensor.Name == "unused.step").Value.item<long>(), Is.Zero);
        Assert.That(used.Value.grad, Is.Null);
    }

    [Test]
    public void A_resumed_run_ends_with_the_same_bytes()
    {
        var straight = Run(steps: 6, resumeAfter: null);
        Assert.That(Run(6, resumeAfter: 3), Is.EqualTo(straight));
        Assert.That(Run(6, resumeAfter: 3, forget: "exp_avg"), Is.Not.EqualTo(straight), "each part of the state matters");
        Assert.That(Run(6, resumeAfter: 3, forget: "exp_avg_sq"), Is.Not.EqualTo(straight));
        Assert.That(Run(6, resumeAfter: 3, forget: "step"), Is.Not.EqualTo(straight));
        Assert.That(Run(6, resumeAfter: 3, forget: "master"), Is.Not.EqualTo(straight));
    }

    [Test]
    public void Small_steps_on_bfloat16_add_up_in_the_master_copy()
    {
        // One unit in the last place of bfloat16 at 1 is 2^-8 below and 2^-7 above: a step of 0.001 alone is rounded away.
        var weight = new NamedParameter("w", ones(1, ScalarType.BFloat16).requires_grad_());
        using var optimizer = new AdamW([weight], new AdamWOptions { Epsilon = 0 });
        for (var step = 0; step < 10; step++)
        {
            weight.Value.grad = ones(1, ScalarType.BFloat16);
            optimizer.Step(0.001);
            if (step == 0)
            {
                Assert.That(
                    weight.Value.to(ScalarType.Float32).item<float>(), Is.EqualTo(1f), "the first step is smaller than half a unit");
            }
        }

        Assert.That(weight.Value.to(ScalarType.Float32).item<float>(), Is.EqualTo(0.9900f).Within(0.002f));
        Assert.That(
            optimizer.ExportState().Single(tensor => tensor.Name == "w.master").Value.item<float>(), Is.EqualTo(0.99f).Within(1e-5f));
    }

    [Test]
    public void A_state_that_does_not_fit_is_refused_and_changes_nothing()
    {
        var weight = Parameter("w", [1.0, 2.0]);
        using var optimizer = new AdamW([weight]);
        weight.Value.grad = tensor([1.0, 1.0]);
        optimizer.Step(0.1);
        var state = optimizer.ExportState();
        var before = State(optimizer);

        Assert.That(() => optimizer.ImportState([.. state.Skip(1)]), Throws.ArgumentException.With.Message.Contains("no 'w.exp_avg'"));
        Assert.That(
            () => optimizer.ImportState([.. state, new("x.step", tensor(0L))]), Throws.ArgumentException.With.Message.Contains("'x.step'"));
        Assert.That(() => optimizer.ImportState([.. state, state[0]]), Throws.ArgumentException.With.Message.Contains("twice"));
        Assert.That(
            () => optimizer.ImportState([new("w.exp_avg", zeros(3, ScalarType.Float64)), .. state.Skip(1)]),
            Throws.ArgumentException.With.Message.Contains("Float64 [3]; Float64 [2] was expected"));
        Assert.That(State(optimizer), Is.EqualTo(before));
    }

    [Test]
    public void Parameters_that_cannot_be_trained_are_named()
    {
        var weight = Parameter("w", [1.0]);
        Assert.That(() => new AdamW([weight, weight]), Throws.ArgumentException.With.Message.Contains("'w' twice"));
        Assert.That(
            () => new AdamW([new("frozen", ones(1))]), Throws.ArgumentException.With.Message.Contains("'frozen', which is not trained"));
        Assert.That(() => new AdamW([new("ids", ones(1, ScalarType.Int64))]), Throws.ArgumentException.With.Message.Contains("'ids'"));
        Assert.That(
            () => new AdamW([weight], new AdamWOptions { Beta2 = 1 }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Beta2"));
        Assert.That(
            () => new AdamW([weight], new AdamWOptions { Epsilon = -1 }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Epsilon"));
        using var optimizer = new AdamW([weight]);
        Assert.That(() => optimizer.Step(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_hundred_steps_leave_nothing_behind()
    {
        var weight = Parameter("w", [1.0, 2.0]);
        using var optimizer = new AdamW([weight]);
        weight.Value.grad = tensor([1.0, 1.0]);
        optimizer.Step(0.1);
        var before = Tensor.TotalCount;
        for (var step = 0; step < 100; step++)
        {
            optimizer.Step(0.1);
        }

        Assert.That(Tensor.TotalCount, Is.EqualTo(before));
    }

    [Test]
    public void Sgd_by_hand_and_resumed()
    {
        // Gradient 1, momentum 0.5, rate 0.1: buffers 1, 1.5, 1.75.
        var weight = Parameter("w", [1.0]);
        using var optimizer = new Sgd([weight], new SgdOptions { Momentum = 0.5 });
        weight.Value.grad = tensor([1.0]);
        optimizer.Step(0.1);
        optimizer.Step(0.1);
        using var resumed = new Sgd([weight], new SgdOptions { Momentum = 0.5 });
        resumed.ImportState(optimizer.ExportState());
        resumed.Step(0.1);

        Assert.That(Numbers(weight)[0], Is.EqualTo(1 - 0.1 - 0.15 - 0.175).Within(1e-12));
        Assert.That(() => new Sgd([weight], new SgdOptions { Nesterov = true }), Throws.ArgumentException);
        Assert.That(
            () => new Sgd([new("h", ones(1, ScalarType.BFloat16).requires_grad_())]),
            Throws.ArgumentException.With.Message.Contains("'h' is BFloat16"));
    }

    private static byte[] Run(int steps, int? resumeAfter, string? forget = null)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(3);
        var parameters = new List<NamedParameter>
        {
            new("w", randn(3, 2, generator: generator).requires_grad_()),
            new("h", randn(4, generator: generator).to(ScalarType.BFloat16).requires_grad_()),
        };
        var optimizer = new AdamW(parameters, new AdamWOptions { WeightDecay = 0.1 });
        for (var step = 0; step < steps; step++)
        {
            if (step == resumeAfter)
            {
                var state = optimizer.ExportState().Select(tensor =>
                    forget is not null && tensor.Name.EndsWith($".{forget}", StringComparison.Ordinal)
                        ? tensor with { Value = forget == "master" ? parameters[1].Value.detach().to(ScalarType.Float32) : zeros_like(tensor.Value) }
                        : tensor).ToList();
                optimizer.Dispose();
                optimizer = new AdamW(parameters, new AdamWOptions { WeightDecay = 0.1 });
                optimizer.ImportState(state);
            }

            parameters.ForEach(parameter => parameter.Value.grad = RandomLike(parameter.Value, generator));
            optimizer.Step(0.01);
        }

        var bytes = State(optimizer).Concat(parameters[0].Value.detach().bytes.ToArray()).ToArray();
        optimizer.Dispose();
        return bytes;
    }

    private static Tensor RandomLike(Tensor like, Generator generator) => randn(like.shape, generator: generator).to(like.dtype);

    private static byte[] State(AdamW optimizer) => [.. optimizer.ExportState().SelectMany(tensor => tensor.Value.bytes.ToArray())];

    private static NamedParameter Parameter(string name, double[] values) => new(name, tensor(values).requires_grad_());

    private static double[] Numbers(NamedParameter parameter) => parameter.Value.detach().contiguous().data<double>().ToArray();
}
