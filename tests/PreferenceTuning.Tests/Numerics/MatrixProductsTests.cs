using NUnit.Framework;
using PreferenceTuning.Numerics;
using PreferenceTuning.Numerics.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>Both libraries, forward and backward, whichever this processor would choose.</summary>
[TestFixture(MatrixBackend.Mkl)]
[TestFixture(MatrixBackend.OneDnn)]
public sealed class MatrixProductsTests(MatrixBackend backend)
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open()
    {
        if (backend == MatrixBackend.OneDnn && !NativeOperators.OneDnn)
        {
            Assert.Ignore($"oneDNN cannot be called here (Linux, x64 is needed), so there is nothing to compare: {NativeOperators.OneDnnReason}");
        }

        MatrixProducts.Backend = backend;
        _scope = NewDisposeScope();
        random.manual_seed(7);
    }

    [TearDown]
    public void Close()
    {
        MatrixProducts.Backend = MatrixBackend.Auto;
        _scope?.Dispose();
    }

    [Test]
    public void A_linear_map_of_small_numbers_is_exact()
    {
        // (1 2) W^T + b with W = ((1 0) (0 1) (1 1)) and b = (10 20 30): (11, 22, 33).
        var weight = tensor(new[,] { { 1f, 0f }, { 0f, 1f }, { 1f, 1f } });
        var bias = tensor(new[] { 10f, 20f, 30f });
        var x = tensor(new[,] { { 1f, 2f } });
        Assert.That(MatrixProducts.Linear(x, weight, bias).data<float>().ToArray(), Is.EqualTo(new[] { 11f, 22f, 33f }));
        Assert.That(
            MatrixProducts.LinearFromTransposed(x, weight.t().contiguous(), bias).data<float>().ToArray(),
            Is.EqualTo(new[] { 11f, 22f, 33f }));
    }

    [Test]
    public void Values_and_gradients_agree_with_float64([Values] bool transposed, [Values] bool withBias, [Values(2, 3)] int dimensions)
    {
        var shape = dimensions == 2 ? new long[] { 12, 40 } : [3, 4, 40];
        Tensor[] exact = [randn(shape, dtype: ScalarType.Float64), randn([24, 40], dtype: ScalarType.Float64), randn([24], dtype: ScalarType.Float64)];
        var upstream = randn([.. shape[..^1], 24], dtype: ScalarType.Float64);
        var expected = Run(exact, upstream, transposed, withBias);
        var got = Run(
            [.. exact.Select(tensor => tensor.to_type(ScalarType.Float32))], upstream.to_type(ScalarType.Float32), transposed, withBias);
        foreach (var (x, y) in got.Zip(expected))
        {
            Assert.That((x.to_type(ScalarType.Float64) - y).abs().max().item<double>(), Is.LessThan(4e-6 * y.abs().max().item<double>()));
        }
    }

    [Test]
    public void No_rows_no_inputs_and_no_outputs_are_fine([Values] bool transposed)
    {
        foreach (var (rows, inputs, outputs) in new[] { (0L, 3L, 4L), (2, 0, 4), (2, 3, 0), (0, 0, 0) })
        {
            var result = Run([ones(rows, inputs), ones(outputs, inputs), ones(outputs)], ones(rows, outputs), transposed, withBias: true);
            long[] weight = transposed ? [inputs, outputs] : [outputs, inputs];
            Assert.That(result.Select(tensor => tensor.shape), Is.EqualTo(new long[][] { [rows, outputs], [rows, inputs], weight, [outputs] }));
            Assert.That(result[0].eq(inputs + 1).all().item<bool>() && result[1].eq(outputs).all().item<bool>());
            Assert.That(result[2].eq(rows).all().item<bool>() && result[3].eq(rows).all().item<bool>());
        }
    }

    [Test]
    public void Gradients_of_two_passes_add_up()
    {
        var (x, weight) = (randn(6, 5), randn(4, 5).requires_grad_());
        CheckedBackward.Run(MatrixProducts.Linear(x, weight).sum());
        var once = weight.grad!.clone();
        CheckedBackward.Run(MatrixProducts.Linear(x, weight).sum());
        Assert.That((weight.grad! - (2 * once)).abs().max().item<float>(), Is.LessThan(1e-5f));
    }

    [Test]
    public void An_input_that_is_made_again_gives_the_same_gradients_bit_for_bit([Values] bool transposed)
    {
        var made = 0;
        Tensor Norm(Tensor source)
        {
            made++;
            return nn.functional.layer_norm(source, [8]);
        }

        Tensor[] Gradients(Func<Tensor, Remade?> remade)
        {
            random.manual_seed(3);
            var (source, weight) = (randn(2, 3, 8).requires_grad_(), randn(8, 8).requires_grad_());
            var normed = Norm(source);
            var result = transposed
                ? MatrixProducts.LinearFromTransposed(normed, weight, null, remade(source))
                : MatrixProducts.Linear(normed, weight, null, remade(source));
            CheckedBackward.Run(result.square().sum());
            return [source.grad!, weight.grad!];
        }

        var kept = Gradients(_ => null);
        Assert.That(made, Is.EqualTo(1));
        var again = Gradients(source => new Remade(source, Norm));
        Assert.That(made, Is.EqualTo(3), "once forward, once for the weight's gradient");
        Assert.That(again.Zip(kept, (x, y) => x.equal(y).all().item<bool>()), Is.All.True);
    }

    [Test]
    public void A_weight_that_is_no_leaf_and_an_input_that_is_none_get_gradients()
    {
        var (x, leaf) = (randn(3, 5).requires_grad_(), randn(4, 5).requires_grad_());
        CheckedBackward.Run(MatrixProducts.Linear(x * 2, leaf * 3).sum());

        // d/dW of sum(2x (3W)^T) = 6 times the column sums of x, in every row; d/dx = 6 times the column sums of W.
        Assert.That((leaf.grad! - (6 * x.sum([0])).unsqueeze(0)).abs().max().item<float>(), Is.LessThan(1e-4f));
        Assert.That((x.grad! - (6 * leaf.sum([0])).unsqueeze(0)).abs().max().item<float>(), Is.LessThan(1e-4f));
    }

    [Test]
    public void Token_log_probs_agree_with_float64()
    {
        var (hidden, weight, targets) = (randn(20, 16), randn(300, 16), randint(0, 300, [20], dtype: ScalarType.Int64));
        Tensor[] Run(ScalarType type)
        {
            var (h, w) = (hidden.to_type(type).clone().requires_grad_(), weight.to_type(type).clone().requires_grad_());
            var result = TokenLogProbs.FromHidden(h, new OutputHead(w), targets, 1, chunkRows: 8);
            CheckedBackward.Run(result.LogProbs.sum() + result.Entropies.sum());
            return [result.LogProbs.detach(), result.Entropies.detach(), h.grad!, w.grad!];
        }

        foreach (var (x, y) in Run(ScalarType.Float32).Zip(Run(ScalarType.Float64)))
        {
            Assert.That(
                (x.to_type(ScalarType.Float64) - y).abs().max().item<double>(),
                Is.LessThan(1e-5 * Math.Max(1, y.abs().max().item<double>())));
        }
    }

    [Test]
    public void Exact_divergence_agrees_with_float64()
    {
        var (hidden, weight) = (randn(6, 8), randn(30, 8));
        Tensor[] Run(ScalarType type)
        {
            var (h, w) = (hidden.to_type(type).clone().requires_grad_(), weight.to_type(type).clone().requires_grad_());
            var kl = ExactKl.FromHidden(
                h, new OutputHead(w), (hidden * 0.5).to_type(type), new OutputHead((weight + 0.1).to_type(type)), 1, chunkRows: 4);
            CheckedBackward.Run(kl.sum());
            return [kl.detach(), h.grad!, w.grad!];
        }

        foreach (var (x, y) in Run(ScalarType.Float32).Zip(Run(ScalarType.Float64)))
        {
            Assert.That(
                (x.to_type(ScalarType.Float64) - y).abs().max().item<double>(),
                Is.LessThan(2e-5 * Math.Max(1, y.abs().max().item<double>())));
        }
    }

    [Test]
    public void A_measurement_times_both()
    {
        if (!NativeOperators.OneDnn)
        {
            Assert.Ignore($"oneDNN cannot be called here (Linux, x64 is needed), so there is nothing to compare: {NativeOperators.OneDnnReason}");
        }

        var measured = MatrixProducts.Measure();
        Assert.That(measured.Own, Is.Positive);
        Assert.That(measured.OneDnn, Is.Positive);
        Assert.That(MatrixProducts.Backend, Is.EqualTo(backend), "measuring chooses nothing");
    }

    [Test]
    public void Training_steps_leave_no_tensors_behind()
    {
        var weight = randn(4, 5).requires_grad_();
        long Step()
        {
            using (NewDisposeScope())
            {
                CheckedBackward.Run(MatrixProducts.Linear(MatrixProducts.Linear(randn(3, 5), weight), weight.t()).sum());
            }

            return Tensor.TotalCount;
        }

        var first = Step();
        Assert.That(Enumerable.Range(0, 5).Select(_ => Step()), Is.All.EqualTo(first));
    }

    [Test]
    public void The_description_names_the_choice() =>
        Assert.That(
            MatrixProducts.Describe(),
            Does.Contain(backend == MatrixBackend.OneDnn ? "oneDNN" : "libtorch").And.Contain("chosen by the caller"));

    [Test]
    public void Asking_for_oneDNN_where_it_cannot_be_reached_is_an_error()
    {
        NativeOperators.Enabled = false;
        try
        {
            Assert.That(
                () => MatrixProducts.Backend = MatrixBackend.OneDnn,
                Throws.InvalidOperationException.With.Message.Contains("switched off"));
        }
        finally
        {
            NativeOperators.Enabled = true;
        }
    }

    [Test]
    public void A_weight_that_does_not_fit_is_named() =>
        Assert.That(
            () => MatrixProducts.Linear(ones(2, 3), ones(4, 5)),
            Throws.ArgumentException.With.Message.Contains("'weight' has shape [4, 5]; dimension 1 must be 3"));

    [Test]
    public void A_bias_of_another_type_is_named() =>
        Assert.That(
            () => MatrixProducts.Linear(ones(2, 3), ones(4, 3), ones(4, dtype: ScalarType.Float64)),
            Throws.ArgumentException.With.Message.Contains("'bias' has type Float64 but 'input' has Float32"));

    private static Tensor[] Run(Tensor[] inputs, Tensor upstream, bool transposed, bool withBias)
    {
        var x = inputs[0].clone().requires_grad_();
        var weight = (transposed ? inputs[1].t().contiguous() : inputs[1].clone()).requires_grad_();
        var bias = inputs[2].clone().requires_grad_();
        var result = transposed
            ? MatrixProducts.LinearFromTransposed(x, weight, withBias ? bias : null)
            : MatrixProducts.Linear(x, weight, withBias ? bias : null);
        CheckedBackward.Run((result * upstream).sum());
        return [result.detach(), x.grad!, weight.grad!, .. withBias ? [bias.grad!] : Array.Empty<Tensor>()];
    }
}
