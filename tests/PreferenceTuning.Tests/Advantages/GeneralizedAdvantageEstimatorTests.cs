using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Advantages;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Advantages;

public sealed class GeneralizedAdvantageEstimatorTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    [Test]
    public void Two_tokens_by_hand()
    {
        // gamma 0.5, lambda 0.5. Token 1: delta = 2 - 3 = -1, A = -1. Token 0: delta = 1 + 0.5 * 3 - 2 = 0.5, A = 0.5 + 0.25 * -1 = 0.25.
        var result = Estimate(0.5, 0.5, [[1, 2]], [[2, 3]], [[true, true]]);

        Assert.That(Numbers(result.Advantages), Is.EqualTo([0.25, -1.0]));
        Assert.That(Numbers(result.Returns), Is.EqualTo([2.25, 2.0]));
    }

    [Test]
    public void With_lambda_1_the_return_is_the_discounted_sum_of_rewards()
    {
        var result = Estimate(0.5, 1, [[1, 2, 4]], [[9, -3, 7]], [[true, true, true]]);

        Assert.That(Numbers(result.Returns), Is.EqualTo([3.0, 4.0, 4.0]).Within(1e-12), "1 + 0.5 * 2 + 0.25 * 4; 2 + 0.5 * 4; 4");
    }

    [Test]
    public void With_lambda_0_the_advantage_is_the_error_of_one_step()
    {
        var result = Estimate(1, 0, [[1, 2]], [[10, 20]], [[true, true]]);

        Assert.That(Numbers(result.Advantages), Is.EqualTo([11.0, -18.0]), "1 + 20 - 10; 2 - 20");
    }

    [Test]
    public void A_hole_is_skipped_and_padding_may_hold_anything()
    {
        var whole = Estimate(0.9, 0.8, [[1, 2, 4]], [[3, 5, 7]], [[true, true, true]]);
        var holed = Estimate(
            0.9, 0.8, [[double.NaN, 1, 99, 2, 4, 50]], [[8, 3, double.NaN, 5, 7, 60]], [[false, true, false, true, true, false]]);

        var (advantages, returns) = (Numbers(whole.Advantages), Numbers(whole.Returns));
        Assert.That(Numbers(holed.Advantages), Is.EqualTo([0, advantages[0], 0, advantages[1], advantages[2], 0]));
        Assert.That(Numbers(holed.Returns), Is.EqualTo([0, returns[0], 0, returns[1], returns[2], 0]));
    }

    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.Float64)]
    public void The_scan_and_the_operators_agree_bit_for_bit(ScalarType dtype)
    {
        var generator = new Generator(7);
        for (var trial = 0; trial < 20; trial++)
        {
            using var scope = NewDisposeScope();
            var estimator = new GeneralizedAdvantageEstimator(1 - (trial * 0.013), 0.95 - (trial * 0.04));
            var rewards = randn(5, 17, dtype, generator: generator);
            var values = randn(5, 17, dtype, generator: generator) * 3;
            var mask = rand(5, 17, generator: generator) > 0.3;
            var (scan, operators) = (estimator.Scan(rewards, values, mask), estimator.WithOperators(rewards, values, mask));
            Assert.That(scan.Advantages.bytes.ToArray(), Is.EqualTo(operators.Advantages.bytes.ToArray()));
            Assert.That(scan.Returns.bytes.ToArray(), Is.EqualTo(operators.Returns.bytes.ToArray()));
        }
    }

    [Test]
    public void Rows_do_not_see_each_other() =>
        Gen.Double[-5, 5].Array[12].Sample(
            numbers =>
            {
                using var scope = NewDisposeScope();
                var both = tensor(numbers).reshape(2, 6);
                var mask = ones(2, 3, ScalarType.Bool);
                var estimator = new GeneralizedAdvantageEstimator(0.97, 0.9);
                var together = estimator.Estimate(new(both[.., ..3], both[.., 3..], mask)).Advantages;
                var alone = estimator.Estimate(new(both[1..2, ..3], both[1..2, 3..], mask[1..])).Advantages;
                return Numbers(together[1]).SequenceEqual(Numbers(alone[0]));
            },
            threads: 1);

    [Test]
    public void Views_half_precision_and_trained_values_are_fine_and_arguments_stay_as_they_were()
    {
        var rewards = tensor(new[,] { { 1.0, 3.0 }, { 2.0, 4.0 } }).t();
        var values = zeros(2, 2, ScalarType.Float64).requires_grad_();
        var mask = ones(2, 2, ScalarType.Bool);
        var estimator = new GeneralizedAdvantageEstimator(1, 1);
        var result = estimator.Estimate(new(rewards, values, mask));
        var half = estimator.Estimate(new(rewards.to(ScalarType.BFloat16), zeros(2, 2, ScalarType.BFloat16), mask));

        Assert.That(Numbers(result.Advantages), Is.EqualTo([3.0, 2.0, 7.0, 4.0]));
        Assert.That(result.Returns.requires_grad, Is.False);
        Assert.That(half.Advantages.dtype, Is.EqualTo(ScalarType.Float32), "sums need more than 8 bits");
        Assert.That(Numbers(rewards), Is.EqualTo([1.0, 2.0, 3.0, 4.0]));
        Assert.That(estimator.Estimate(new(zeros(0, 3), zeros(0, 3), ones(0, 3, ScalarType.Bool))).Advantages.shape, Is.EqualTo([0L, 3]));
    }

    [Test]
    public void Standardised_advantages_have_mean_0_and_the_variance_of_the_variant()
    {
        var (advantages, mask) = (tensor(new double[,] { { 1, 3, 5, 99 } }), tensor(new[,] { { true, true, true, false } }));

        // Variance 8/3 divided by n, 4 divided by n - 1.
        Assert.That(
            Numbers(AdvantageScaling.StandardizeZiegler(advantages, mask)),
            Is.EqualTo([-2 / Math.Sqrt(8.0 / 3), 0, 2 / Math.Sqrt(8.0 / 3), 0]).Within(1e-7));
        Assert.That(Numbers(AdvantageScaling.StandardizeTrl(advantages, mask)), Is.EqualTo([-1.0, 0, 1, 0]).Within(1e-7));
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        Assert.That(() => new GeneralizedAdvantageEstimator(1.1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new GeneralizedAdvantageEstimator(1, -0.1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        var estimator = new GeneralizedAdvantageEstimator();
        Assert.That(
            () => estimator.Estimate(new(zeros(1, 2), zeros(1, 3), ones(1, 2, ScalarType.Bool))),
            Throws.ArgumentException.With.Message.Contains("'inputs.Values' has shape [1, 3]"));
    }

    private static AdvantageResult Estimate(double discount, double lambda, double[][] rewards, double[][] values, bool[][] mask) =>
        new GeneralizedAdvantageEstimator(discount, lambda).Estimate(new(
            stack(rewards.Select(row => tensor(row))), stack(values.Select(row => tensor(row))), stack(mask.Select(row => tensor(row)))));

    private static double[] Numbers(Tensor tensor) => tensor.detach().contiguous().data<double>().ToArray();
}
