using NUnit.Framework;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Optimization;

public sealed class GradientClippingTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    [Test]
    public void Gradients_are_scaled_together()
    {
        // (3, 4) and 12: norm 13, limit 6.5.
        var parameters = Parameters([3, 4], [12]);
        var result = GradientClipping.ClipByGlobalNorm(parameters, 6.5);

        Assert.That(result, Is.EqualTo(new GradientNorm(13, IsFinite: true, IsClipped: true)));
        Assert.That(Gradients(parameters), Is.EqualTo([1.5, 2, 6]).Within(1e-6));
    }

    [Test]
    public void Below_the_limit_and_with_an_infinite_one_nothing_changes()
    {
        var parameters = Parameters([3, 4], [12]);

        Assert.That(GradientClipping.ClipByGlobalNorm(parameters, 13.1).IsClipped, Is.False);
        Assert.That(GradientClipping.ClipByGlobalNorm(parameters, double.PositiveInfinity), Is.EqualTo(new GradientNorm(13, true, false)));
        Assert.That(Gradients(parameters), Is.EqualTo([3.0, 4, 12]));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void A_gradient_that_is_not_finite_is_reported_and_nothing_is_touched(double bad)
    {
        var parameters = Parameters([3, bad], [12]);
        var result = GradientClipping.ClipByGlobalNorm(parameters, 1);

        Assert.That(result.IsFinite, Is.False);
        Assert.That(Gradients(parameters), Is.EqualTo([3.0, bad, 12]), "the trainer skips the step; zeros would look like a step");
    }

    [Test]
    public void Frozen_parameters_and_no_gradients_at_all_are_fine()
    {
        var parameters = Parameters([3, 4]);
        parameters.Add(new NamedParameter("without", ones(2).requires_grad_()));

        Assert.That(GradientClipping.ClipByGlobalNorm(parameters, 10).Norm, Is.EqualTo(5));
        Assert.That(
            GradientClipping.ClipByGlobalNorm([new("without", ones(2).requires_grad_())], 10),
            Is.EqualTo(new GradientNorm(0, true, false)));
    }

    [Test]
    public void Half_precision_gradients_do_not_overflow()
    {
        var weight = new NamedParameter("w", zeros(1000, ScalarType.Float16).requires_grad_());
        weight.Value.grad = full(1000, 100, ScalarType.Float16);

        Assert.That(
            GradientClipping.ClipByGlobalNorm([weight], 1).Norm, Is.EqualTo(100 * Math.Sqrt(1000)).Within(0.01),
            "the sum of squares is 1e7");
    }

    [Test]
    public void Wrong_arguments_are_refused()
    {
        Assert.That(() => GradientClipping.ClipByGlobalNorm([], 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => GradientClipping.ClipByGlobalNorm([], 1, power: 0.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static List<NamedParameter> Parameters(params double[][] gradients) => [.. gradients.Select((gradient, index) =>
    {
        var value = zeros(gradient.Length, ScalarType.Float64).requires_grad_();
        value.grad = tensor(gradient);
        return new NamedParameter($"{index}", value);
    })];

    private static double[] Gradients(IEnumerable<NamedParameter> parameters) =>
        [.. parameters.SelectMany(parameter => parameter.Value.grad!.data<double>().ToArray())];
}
