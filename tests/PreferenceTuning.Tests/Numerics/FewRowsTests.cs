using NUnit.Framework;
using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>The product for a few rows, which <see cref="MatrixProducts"/> uses where no library was chosen by the caller.</summary>
public sealed class FewRowsTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open()
    {
        if (!FewRows.IsSupported)
        {
            Assert.Ignore("The kernel needs a processor with 512-bit vectors (AVX-512), which this one has not, or which are switched off.");
        }

        _scope = NewDisposeScope();
        random.manual_seed(11);
    }

    [TearDown]
    public void Close() => _scope?.Dispose();

    // One tile and less than one, several strips of inputs, odd numbers of outputs (the last tile reaches back), and enough work for two threads.
    [Test]
    public void Values_agree_with_float64(
        [Values(1, 2, 3, 4, 5, 8, 13, 16, 23, 32)] int rows, [Values("48x64", "80x16", "32x208", "96x1040", "64x4099", "16x7")] string size, [Values] bool transposed, [Values] bool withBias)
    {
        var (inputs, outputs) = (int.Parse(size.Split('x')[0]), int.Parse(size.Split('x')[1]));
        var (x, weight, bias) = (randn(rows, inputs), randn(outputs, inputs), withBias ? randn(outputs) : null);
        var stored = transposed ? weight.t().contiguous() : weight;
        if (transposed && outputs % 16 != 0)
        {
            Assert.That(FewRows.Serves(x, stored, bias, transposed), Is.False, "left to the library");
            return;
        }

        Assert.That(FewRows.Serves(x, stored, bias, transposed), Is.True);
        var expected = x.to_type(ScalarType.Float64).mm(weight.t().to_type(ScalarType.Float64));
        expected = bias is null ? expected : expected + bias;
        var got = FewRows.Linear(x, stored, bias, transposed);
        Assert.That(got.shape, Is.EqualTo(expected.shape));
        Assert.That((got.to_type(ScalarType.Float64) - expected).abs().max().item<double>(), Is.LessThan(2e-6 * expected.abs().max().item<double>()));
    }

    [Test]
    public void A_row_has_the_same_bits_whatever_stands_beside_it([Values] bool transposed)
    {
        var (x, weight, bias) = (randn(13, 768), randn(768, 512), randn(512));
        weight = transposed ? weight : weight.t().contiguous();
        var all = FewRows.Linear(x, weight, bias, transposed);
        for (var row = 0; row < 13; row++)
        {
            var alone = FewRows.Linear(x.narrow(0, row, 1), weight, bias, transposed);
            Assert.That(alone.data<float>().ToArray(), Is.EqualTo(all[row].contiguous().data<float>().ToArray()), $"row {row}");
        }
    }

    [Test]
    public void The_number_of_threads_does_not_change_the_bits([Values] bool transposed)
    {
        var (x, weight) = (randn(9, 768), randn(1024, transposed ? 2048 : 768));
        x = transposed ? randn(9, 1024) : x;
        var before = get_num_threads();
        try
        {
            var many = FewRows.Linear(x, weight, null, transposed);
            set_num_threads(1);
            Assert.That(FewRows.Linear(x, weight, null, transposed).data<float>().ToArray(), Is.EqualTo(many.data<float>().ToArray()));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Test]
    public void What_it_does_not_serve_goes_to_the_library()
    {
        var weight = randn(64, 32);
        Assert.That(FewRows.Serves(randn(33, 32), weight, null, transposed: false), Is.False, "many rows");
        Assert.That(FewRows.Serves(randn(4, 32).to_type(ScalarType.Float64), weight.to_type(ScalarType.Float64), null, transposed: false), Is.False, "float64");
        Assert.That(FewRows.Serves(randn(4, 30), randn(64, 30), null, transposed: false), Is.False, "inputs that are no multiple of 16");
        Assert.That(FewRows.Serves(randn(4, 64), weight.t(), null, transposed: false), Is.False, "a weight with gaps");
        Assert.That(FewRows.Serves(randn(0, 32), weight, null, transposed: false), Is.False, "no rows");
        using (no_grad())
        {
            Assert.That(FewRows.Serves(randn(4, 32), randn(64, 32, requires_grad: true), null, transposed: false), Is.True, "no gradient is asked for");
        }

        Assert.That(FewRows.Serves(randn(4, 32), randn(64, 32, requires_grad: true), null, transposed: false), Is.False, "a gradient is asked for");
    }

    [Test]
    public void NaN_and_infinity_show()
    {
        var x = ones(4, 16);
        x[1, 3] = float.NaN;
        x[2, 3] = float.PositiveInfinity;
        var y = FewRows.Linear(x, ones(8, 16), null, transposed: false);
        Assert.That(y[0].data<float>().ToArray(), Is.All.EqualTo(16f));
        Assert.That(y[1].data<float>().ToArray(), Is.All.NaN);
        Assert.That(y[2].data<float>().ToArray(), Is.All.EqualTo(float.PositiveInfinity));
    }
}
