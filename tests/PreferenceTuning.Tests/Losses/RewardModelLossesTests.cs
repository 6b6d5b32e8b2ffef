using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Losses;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Losses;

public sealed class RewardModelLossesTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    [Test]
    public void Bradley_terry_by_hand()
    {
        var (chosen, rejected) = (tensor([2.0, 0.5]), tensor([1.0, 0.5]));

        Assert.That(
            Numbers(RewardModelLosses.BradleyTerry(chosen, rejected)), Is.EqualTo([0.3132617, 0.6931472]).Within(1e-6),
            "log(1 + e^-1), log 2");
        var withMargin = RewardModelLosses.BradleyTerry(chosen, rejected, tensor([2.0, 0.0]));
        Assert.That(Numbers(withMargin), Is.EqualTo([1.3132617, 0.6931472]).Within(1e-6), "difference 1 - 2 = -1");
        var soft = RewardModelLosses.BradleyTerrySoft(chosen, rejected, tensor([0.75, 0.5]));
        Assert.That(Numbers(soft), Is.EqualTo([0.5632617, 0.6931472]).Within(1e-6), "0.75 * 0.3132617 + 0.25 * 1.3132617");
        Assert.That(Numbers(RewardModelLosses.Centering(chosen, rejected)), Is.EqualTo([9.0, 1.0]));
        Assert.That(Numbers(RewardModelLosses.SquaredRating(chosen, rejected)), Is.EqualTo([1.0, 0.0]));
        Assert.That(
            Numbers(RewardModelLosses.SquaredDifference(chosen, rejected, tensor([1.0, 1.0]))), Is.EqualTo([4.0, 1.0]), "(1 - (1 - 2))^2");
    }

    [Test]
    public void Plackett_luce_by_hand()
    {
        // Rewards log 1, log 2, log 3, best first 2, 1, 0: 3/6 * 2/3 = 1/3. The other way round: 1/6 * 2/5 = 1/15. Only the first place:
        // 3/6.
        var rewards = tensor(new[,] { { 0, Math.Log(2), Math.Log(3) } });
        var (up, down) = (tensor(new long[,] { { 30, 20, 10 } }), tensor(new long[,] { { 1, 2, 3 } }));

        Assert.That(Ranking(rewards, up), Is.EqualTo(Math.Log(3)).Within(1e-12));
        Assert.That(Ranking(rewards, down), Is.EqualTo(Math.Log(15)).Within(1e-12));
        Assert.That(Ranking(rewards, up, top: 1), Is.EqualTo(Math.Log(2)).Within(1e-12));
        Assert.That(RewardModelLosses.PickBest(rewards, tensor([2L])).item<double>(), Is.EqualTo(Math.Log(2)).Within(1e-12));
    }

    [Test]
    public void Tied_candidates_share_their_places()
    {
        // Strengths 1, 3 tied above 4. Place 1 of 2: 8; place 2 of 2: (1 + 3) / 2 + 4 = 6. Losses log 8 - log 1 + log 6 - log 3 = log 16.
        var rewards = tensor(new[,] { { 0, Math.Log(3), Math.Log(4) } });

        Assert.That(Ranking(rewards, tensor(new long[,] { { 1, 1, 2 } })), Is.EqualTo(Math.Log(16)).Within(1e-12));
        Assert.That(
            Ranking(zeros(1, 2, ScalarType.Float64), tensor(new long[,] { { 5, 5 } })), Is.EqualTo(Math.Log(2)).Within(1e-12),
            "a tie of equals");
    }

    [Test]
    public void A_tie_of_two_is_twice_the_soft_label_less_log_2()
    {
        var soft = RewardModelLosses.BradleyTerrySoft(tensor([1.3]), tensor([-0.4]), tensor([0.5])).item<double>();

        Assert.That(
            Ranking(tensor(new[,] { { 1.3, -0.4 } }), tensor(new long[,] { { 1, 1 } })),
            Is.EqualTo((2 * soft) - Math.Log(2)).Within(1e-12));
    }

    [Test]
    public void A_tie_pulls_rewards_together()
    {
        var rewards = tensor(new double[,] { { 2, -1, 0 } }).requires_grad_();
        RewardModelLosses.PlackettLuce(rewards, tensor(new long[,] { { 1, 1, 1 } }), ones(1, 3, ScalarType.Bool)).sum().backward();

        var gradient = Numbers(rewards.grad!);
        Assert.That(gradient[0], Is.Positive);
        Assert.That(gradient[1], Is.Negative);
        Assert.That(gradient.Sum(), Is.Zero.Within(1e-12));
    }

    [Test]
    public void Two_candidates_are_bradley_terry() =>
        Gen.Select(Gen.Double[-50, 50], Gen.Double[-50, 50]).Sample((a, b) =>
        {
            using var scope = NewDisposeScope();
            var pair = RewardModelLosses.BradleyTerry(tensor([a]), tensor([b])).item<double>();
            return Near(Ranking(tensor(new[,] { { a, b } }), tensor(new long[,] { { 1, 2 } })), pair);
        }, iter: 40, threads: 1);

    [Test]
    public void The_first_place_is_pick_best() =>
        Gen.Double[-20, 20].Array[4].Sample(rewards =>
        {
            using var scope = NewDisposeScope();
            var row = tensor(rewards).unsqueeze(0);
            var best = RewardModelLosses.PickBest(row, tensor([2L])).item<double>();
            return Near(Ranking(row, tensor(new long[,] { { 4, 3, 1, 2 } }), top: 1), best);
        }, iter: 40, threads: 1);

    [Test]
    public void The_order_in_the_tensor_does_not_matter() =>
        Gen.Select(Gen.Double[-5, 5].Array[5], Gen.Long[1, 3].Array[5], Gen.Shuffle(Enumerable.Range(0, 5).ToArray())).Sample(
            (rewards, ranks, order) =>
        {
            using var scope = NewDisposeScope();
            var turned = Ranking(Row(order.Select(i => rewards[i])), Row(order.Select(i => ranks[i])));
            return Near(Ranking(Row(rewards), Row(ranks)), turned);
        }, iter: 40, threads: 1);

    [Test]
    public void Padding_and_a_common_shift_do_not_matter() =>
        Gen.Select(Gen.Double[-5, 5].Array[3], Gen.Long[1, 3].Array[3], Gen.Double[-100, 100]).Sample((rewards, ranks, shift) =>
        {
            using var scope = NewDisposeScope();
            var padded = RewardModelLosses.PlackettLuce(
                Row([double.NaN, .. rewards.Select(reward => reward + shift), 1e9]), Row([0L, .. ranks, 1]),
                tensor(new[,] { { false, true, true, true, false } }));
            return Math.Abs(Ranking(Row(rewards), Row(ranks)) - padded.item<double>()) < 1e-10;
        }, iter: 40, threads: 1);

    [Test]
    public void The_probabilities_of_all_orders_add_up_to_one()
    {
        var rewards = tensor(new[,] { { 0.3, -1.2, 2.0 } }).expand(6, 3);
        var orders = tensor(new long[,] { { 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 } });

        var losses = RewardModelLosses.PlackettLuce(rewards, orders, ones(6, 3, ScalarType.Bool));

        Assert.That(Numbers(losses).Sum(loss => Math.Exp(-loss)), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void Rankings_of_one_and_of_none_cost_nothing()
    {
        var rewards = tensor(new[,] { { 1.5, double.NaN }, { double.NaN, double.NaN } }).requires_grad_();
        var losses = RewardModelLosses.PlackettLuce(
            rewards, tensor(new long[,] { { 1, 0 }, { 0, 0 } }), tensor(new[,] { { true, false }, { false, false } }));
        losses.sum().backward();

        Assert.That(Numbers(losses), Is.EqualTo([0.0, 0.0]));
        Assert.That(Numbers(rewards.grad!), Is.EqualTo([0.0, 0.0, 0.0, 0.0]));
    }

    [Test]
    public void Models_with_ties_give_probabilities() =>
        Gen.Select(Gen.Double[-20, 20], Gen.Double[-20, 20], Gen.Double[0.01, 2]).Sample((a, b, threshold) =>
        {
            using var scope = NewDisposeScope();
            var (first, second) = (full(3, a, ScalarType.Float64), full(3, b, ScalarType.Float64));
            var (outcomes, parameter) = (tensor([1L, -1, 0]), tensor(threshold, ScalarType.Float64));
            var davidson = Numbers(RewardModelLosses.Davidson(first, second, outcomes, parameter)).Sum(loss => Math.Exp(-loss));
            var raoKupper = Numbers(RewardModelLosses.RaoKupper(first, second, outcomes, parameter)).Sum(loss => Math.Exp(-loss));
            return Math.Abs(davidson - 1) < 1e-12 && Math.Abs(raoKupper - 1) < 1e-12;
        }, iter: 40, threads: 1);

    [Test]
    public void Without_ties_both_are_bradley_terry_and_the_threshold_keeps_a_finite_gradient()
    {
        var (first, second, outcomes) = (tensor([1.0, 2.0]), tensor([0.5, -1.0]), tensor([1L, -1]));
        var logTheta = tensor(0.0, ScalarType.Float64).requires_grad_();
        var losses = RewardModelLosses.RaoKupper(first, second, outcomes, logTheta);
        losses.sum().backward();
        var expected = Numbers(
            cat([RewardModelLosses.BradleyTerry(first[..1], second[..1]), RewardModelLosses.BradleyTerry(second[1..], first[1..])]));

        Assert.That(Numbers(losses), Is.EqualTo(expected).Within(1e-12));
        Assert.That(double.IsFinite(logTheta.grad!.item<double>()), Is.True);
        var rare = RewardModelLosses.Davidson(first, second, outcomes, tensor(-100.0, ScalarType.Float64));
        Assert.That(Numbers(rare), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Gradients_agree_with_finite_differences()
    {
        var (first, second, outcomes) = (tensor([0.4, -1.1, 2.0]), tensor([0.1, 0.6, 1.9]), tensor([1L, -1, 0]));
        var (rewards, ranks) = (
            tensor(new[,] { { 0.4, -1.1, 2.0, 0.3 }, { 1.0, 0.2, -0.7, 0.9 } }), tensor(new long[,] { { 2, 1, 2, 3 }, { 1, 2, 2, 0 } }));
        var mask = tensor(new[,] { { true, true, true, true }, { true, true, true, false } });
        GradientCheck.Agrees(
            inputs => RewardModelLosses.BradleyTerry(inputs[0], inputs[1], inputs[2]), first, second, tensor([0.5, 0.0, 1.0]));
        GradientCheck.Agrees(inputs => RewardModelLosses.BradleyTerrySoft(inputs[0], inputs[1], tensor([0.2, 0.5, 1.0])), first, second);
        GradientCheck.Agrees(inputs => RewardModelLosses.Centering(inputs[0], inputs[1]), first, second);
        GradientCheck.Agrees(inputs => RewardModelLosses.SquaredRating(inputs[0], second), first);
        GradientCheck.Agrees(inputs => RewardModelLosses.SquaredDifference(inputs[0], inputs[1], tensor([1.0, 2.0, 3.0])), first, second);
        GradientCheck.Agrees(
            inputs => RewardModelLosses.Davidson(inputs[0], inputs[1], outcomes, inputs[2]), first, second,
            tensor(0.3, ScalarType.Float64));
        GradientCheck.Agrees(
            inputs => RewardModelLosses.RaoKupper(inputs[0], inputs[1], outcomes, inputs[2]), first, second,
            tensor(0.3, ScalarType.Float64));
        GradientCheck.Agrees(inputs => RewardModelLosses.PlackettLuce(inputs[0], ranks, mask), rewards);
        GradientCheck.Agrees(inputs => RewardModelLosses.PlackettLuce(inputs[0], ranks, mask, top: 2), rewards);
        GradientCheck.Agrees(inputs => RewardModelLosses.PickBest(inputs[0], tensor([3L, 1])), rewards);
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        var (two, three) = (zeros(2), zeros(3));
        Assert.That(
            () => RewardModelLosses.BradleyTerry(two, three), Throws.ArgumentException.With.Message.Contains("'rejected' has shape [3]"));
        Assert.That(
            () => RewardModelLosses.BradleyTerry(two, two, three),
            Throws.ArgumentException.With.Message.Contains("'margin' has shape [3]"));
        Assert.That(
            () => RewardModelLosses.Davidson(two, two, two, zeros(1)), Throws.ArgumentException.With.Message.Contains("1 = the first won"));
        Assert.That(
            () => RewardModelLosses.PlackettLuce(zeros(1, 2), ones(1, 2, ScalarType.Int64), ones(1, 2, ScalarType.Bool), top: 0),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => RewardModelLosses.PickBest(zeros(2, 2), tensor([1L])),
            Throws.ArgumentException.With.Message.Contains("'best' has shape [1]"));
    }

    private static double Ranking(Tensor rewards, Tensor ranks, int? top = null) =>
        RewardModelLosses.PlackettLuce(rewards, ranks, ones(rewards.shape, ScalarType.Bool), top).item<double>();

    private static Tensor Row(IEnumerable<double> numbers) => tensor(numbers.ToArray()).unsqueeze(0);

    private static Tensor Row(IEnumerable<long> numbers) => tensor(numbers.ToArray()).unsqueeze(0);

    private static double[] Numbers(Tensor tensor) => tensor.detach().contiguous().data<double>().ToArray();

    private static bool Near(double a, double b) => Math.Abs(a - b) <= 1e-11 * Math.Max(1, Math.Abs(b));
}
