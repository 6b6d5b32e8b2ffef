using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Losses;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Losses;

public sealed class PreferenceLossesTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    private static readonly (string Name, PreferenceLossFunction Loss)[] PerPair =
    [
        ("sigmoid", (p, r) => PreferenceLosses.Sigmoid(p, r, 0.5)),
        ("sigmoid per token", (p, r) => PreferenceLosses.SigmoidPerToken(p, r, 0.5)),
        ("hinge", (p, r) => PreferenceLosses.Hinge(p, r, 0.5)),
        ("IPO", (p, r) => PreferenceLosses.Ipo(p, r, 0.5)),
        ("IPO per token", (p, r) => PreferenceLosses.IpoPerToken(p, r, 0.5)),
        ("EXO", (p, r) => PreferenceLosses.Exo(p, r, 0.5, 0.1)),
        ("robust", (p, r) => PreferenceLosses.Robust(p, r, 0.5, 0.1)),
        ("DiscoPOP", (p, r) => PreferenceLosses.DiscoPop(p, r, 0.5, 1)),
        ("NCA", (p, r) => PreferenceLosses.Nca(p, r, 0.5)),
        ("BCO", (p, r) => PreferenceLosses.Bco(p, r, 0.5)),
        ("SPPO", (p, r) => PreferenceLosses.SppoHard(p, r, 0.25)),
        ("APO-zero", (p, r) => PreferenceLosses.ApoZero(p, r, 0.5)),
        ("APO-down", (p, r) => PreferenceLosses.ApoDown(p, r, 0.5)),
        ("likelihood", (p, r) => PreferenceLosses.ChosenNegativeLogLikelihood(p, r, 0.5)),
        ("forward KL", (p, r) => PreferenceLosses.Sigmoid(p, r, 0.5, DivergenceScores.ForwardKl)),
        ("Jensen-Shannon", (p, r) => PreferenceLosses.IpoPerToken(p, r, 0.5, DivergenceScores.JensenShannon)),
        ("alpha divergence", (p, r) => PreferenceLosses.Robust(p, r, 0.5, 0.2, DivergenceScores.Alpha(0.5))),
    ];

    private static readonly (string Name, PreferenceLossFunction Loss)[] All =
    [
        .. PerPair,
        ("AOT", (p, r) => PreferenceLosses.Aot(p, r, 0.5, 0.1)),
        ("AOT unpaired", (p, r) => PreferenceLosses.AotUnpaired(p, r, 0.5, 0.1)),
        (
            "sum",
            PreferenceLosses.WeightedSum(
                (0.8, (p, r) => PreferenceLosses.Sigmoid(p, r, 0.5)), (0.2, (p, r) => PreferenceLosses.Bco(p, r, 0.5)))),
    ];

    public static IEnumerable<TestCaseData> PerPairLosses() => Named(PerPair);

    public static IEnumerable<TestCaseData> AllLosses() => Named(All);

    // Forward KL overflows by definition.
    public static IEnumerable<TestCaseData> FiniteLosses() => Named(All.Where(item => item.Name != "forward KL"));

    // The likelihood is that of the policy alone.
    public static IEnumerable<TestCaseData> RelativeLosses() => Named(All.Where(item => item.Name != "likelihood"));

    private static IEnumerable<TestCaseData> Named(IEnumerable<(string Name, PreferenceLossFunction Loss)> losses) =>
        losses.Select(item => new TestCaseData(item.Loss).SetArgDisplayNames(item.Name));

    // rho_c = -10 + 11 = 1, rho_r = -12 + 11 = -1, delta = 2, z = 0.5 * 2 = 1; 4 and 2 tokens, delta per token = 1/4 + 1/2 = 0.75.
    // log sigmoid(1) = -0.3132617, (-1) = -1.3132617, (0.5) = -0.4740770, (-0.5) = -0.9740770, (0.375) = -0.5231228.
    [TestCase("sigmoid", 0.3132617)]
    [TestCase("sigmoid per token", 0.5231228)] // z = 0.375
    [TestCase("hinge", 0)] // 1 - 1
    [TestCase("IPO", 1)] // (2 - 1)^2
    [TestCase("IPO per token", 0.0625)] // (0.75 - 1)^2
    [TestCase("EXO", 0.1140817)] // 0.7310586 (-0.3132617 + 0.1053605) + 0.2689414 (-1.3132617 + 2.3025851)
    [TestCase("robust", 0.1882617)] // (0.9 * 0.3132617 - 0.1 * 1.3132617) / 0.8
    [TestCase("DiscoPOP", 0.3531903)] // 0.2689414 * 0.3132617 + 0.7310586 * 0.3678794
    [TestCase("NCA", 1.1981540)] // 1.5 * 0.4740770 + 0.5 * 0.9740770
    [TestCase("BCO", 0.9481539)] // 2 * 0.4740770
    [TestCase("SPPO", 2)] // (1 - 2)^2 + (-1 + 2)^2
    [TestCase("APO-zero", 0.7550814)] // 2 * 0.3775407
    [TestCase("APO-down", 0.8914008)] // 0.6224593 + 0.2689414
    [TestCase("likelihood", 2.5)] // 10 / 4
    public void One_pair_by_hand(string name, double expected)
    {
        var result = Array.Find(PerPair, item => item.Name == name).Loss(Pairs([-10], [-12], [4], [2]), Pairs([-11], [-11], [4], [2]));

        Assert.That(result.Losses.data<double>().ToArray(), Is.EqualTo([expected]).Within(1e-6));
        var beta = name == "SPPO" ? 0.25 : 0.5;
        Assert.That(result.ChosenRewards.data<double>().ToArray(), Is.EqualTo([beta]).Within(1e-12));
        Assert.That(result.RejectedRewards.data<double>().ToArray(), Is.EqualTo([-beta]).Within(1e-12));
        Assert.That(result.ChosenRewards.requires_grad, Is.False);
    }

    [Test]
    public void Aot_compares_sorted_margins()
    {
        // Policy margins 3, 1 sorted 1, 3; reference margins 0, 2 sorted 0, 2: differences 1 and 1, beta 1.
        var (policy, reference) = (Pairs([-1, -1], [-4, -2]), Pairs([-1, -1], [-1, -3]));

        var result = PreferenceLosses.Aot(policy, reference, 1);

        Assert.That(result.Losses.data<double>().ToArray(), Is.EqualTo([0.3132617, 0.3132617]).Within(1e-6));
        Assert.That(result.ChosenRewards.data<double>().ToArray(), Is.EqualTo([0.0, 0.0]));
        Assert.That(result.RejectedRewards.data<double>().ToArray(), Is.EqualTo([-3.0, 1.0]), "rewards stay in the order of the pairs");
    }

    [Test]
    public void Aot_unpaired_compares_sorted_log_ratios()
    {
        // rho chosen 2, 0 sorted 0, 2; rho rejected 1, -1 sorted -1, 1: differences 1 and 1, beta 1.
        var result = PreferenceLosses.AotUnpaired(Pairs([-1, -3], [-2, -4]), Pairs([-3, -3], [-3, -3]), 1);

        Assert.That(result.Losses.data<double>().ToArray(), Is.EqualTo([0.3132617, 0.3132617]).Within(1e-6));
    }

    [TestCaseSource(nameof(AllLosses))]
    public void Gradients_agree_with_finite_differences(PreferenceLossFunction loss)
    {
        var reference = Pairs([-11.0, -7.3, -4.1], [-11.4, -6.2, -5.9], [4, 3, 2], [2, 5, 1]);
        GradientCheck.Agrees(
            sums => loss(new PairLogProbs(sums[0], sums[1], reference.ChosenTokens, reference.RejectedTokens), reference).Losses,
            tensor([-10.2, -8.1, -3.6]),
            tensor([-12.3, -5.9, -6.5]));
    }

    [TestCaseSource(nameof(FiniteLosses))]
    public void Sums_of_ten_thousand_nats_stay_finite_in_float32(PreferenceLossFunction loss)
    {
        var chosen = tensor(new[] { -10_000f, -5f }).requires_grad_();
        var rejected = tensor(new[] { -5f, -10_000f }).requires_grad_();
        var counts = tensor(new long[] { 10, 10 });
        var result = loss(new(chosen, rejected, counts, counts), new(full_like(chosen, -100), full_like(chosen, -100), counts, counts));
        result.Losses.sum().backward();

        Assert.That(result.Losses.isfinite().all().item<bool>(), Is.True);
        Assert.That(chosen.grad!.isfinite().all().item<bool>(), Is.True);
        Assert.That((rejected.grad ?? zeros(2)).isfinite().all().item<bool>(), Is.True);
    }

    [TestCaseSource(nameof(PerPairLosses))]
    public void A_pair_does_not_depend_on_its_batch(PreferenceLossFunction loss) =>
        Gen.Double[-30, 0].Array[8].Sample(numbers =>
        {
            using var scope = NewDisposeScope();
            var (policy, reference) = (Pairs(numbers[..2], numbers[2..4], [3, 1], [2, 4]), Pairs(numbers[4..6], numbers[6..8]));
            var both = loss(policy, reference).Losses.data<double>().ToArray();
            var swapped = loss(Turned(policy), Turned(reference)).Losses.data<double>().ToArray();
            return both[0] == swapped[1] && both[1] == swapped[0];
        }, iter: 30, threads: 1);

    [TestCaseSource(nameof(RelativeLosses))]
    public void What_both_models_agree_on_does_not_matter(PreferenceLossFunction loss) =>
        Gen.Double[-9, 0].Array[4].Sample(numbers =>
        {
            using var scope = NewDisposeScope();
            PairLogProbs Policy(double shift) => Pairs([numbers[0] + shift], [numbers[1] + shift]);
            PairLogProbs Reference(double shift) => Pairs([numbers[2] + shift], [numbers[3] + shift]);
            var before = loss(Policy(0), Reference(0)).Losses.item<double>();
            var after = loss(Policy(-4), Reference(-4)).Losses.item<double>();
            return Math.Abs(before - after) <= 1e-9 * Math.Max(1, Math.Abs(before));
        }, iter: 30, threads: 1);

    [Test]
    public void Before_training_policy_and_reference_are_equal()
    {
        var pairs = Pairs([-10], [-12], [4], [2]);

        Assert.That(PreferenceLosses.Sigmoid(pairs, pairs, 0.1).Losses.item<double>(), Is.EqualTo(Math.Log(2)).Within(1e-12));
        Assert.That(PreferenceLosses.Hinge(pairs, pairs, 0.1).Losses.item<double>(), Is.EqualTo(1));
        Assert.That(PreferenceLosses.Ipo(pairs, pairs, 0.1).Losses.item<double>(), Is.EqualTo(25).Within(1e-12), "(0 - 1 / 0.2)^2");
        Assert.That(PreferenceLosses.Exo(pairs, pairs, 0.1, 0.5 - 1e-9).Losses.item<double>(), Is.Zero.Within(1e-8), "q is the label");
    }

    [Test]
    public void A_weighted_sum_adds_losses_and_reports_the_rewards_of_the_first()
    {
        var loss = PreferenceLosses.WeightedSum(
            (1, (p, r) => PreferenceLosses.Hinge(p, r, 0.25)), (0.5, (p, r) => PreferenceLosses.Ipo(p, r, 0.5)));

        var result = loss(Pairs([-10], [-12]), Pairs([-11], [-11]));

        Assert.That(result.Losses.item<double>(), Is.EqualTo(1).Within(1e-12), "(1 - 0.25 * 2) + 0.5 * (2 - 1)^2");
        Assert.That(result.ChosenRewards.item<double>(), Is.EqualTo(0.25), "beta of the hinge, rho 1");
    }

    [Test]
    public void Length_desensitised_sums_weigh_the_tail_of_the_longer_response()
    {
        var mask = tensor(new[] { false, true, true, true }).unsqueeze(0);
        var shorter = tensor(new[] { true, true, false, false }).unsqueeze(0);
        var chosen = tensor(new double[,] { { double.NaN, -1, -2, -4 } });
        var rejected = tensor(new double[,] { { -1, -1, double.NaN, 7 } });

        var sums = PairLogProbs.LengthDesensitized(chosen, mask, rejected, shorter, alpha: 0.25);

        Assert.That(sums.Chosen.item<double>(), Is.EqualTo(-4), "-1 - 2 shared, a quarter of -4");
        Assert.That(sums.Rejected.item<double>(), Is.EqualTo(-2));
        Assert.That(sums.ChosenTokens.item<long>(), Is.EqualTo(3), "the full length");
        var plain = PairLogProbs.LengthDesensitized(chosen, mask, rejected, shorter, alpha: 1);
        Assert.That(
            plain.Chosen.item<double>(), Is.EqualTo(PairLogProbs.FromTokens(chosen, mask, rejected, shorter).Chosen.item<double>()));
    }

    [Test]
    public void Wpo_weighs_a_response_by_its_average_relative_probability()
    {
        // log-probs -1 and -3 against log sums of squares -1.5 and -1.5: mean difference -0.5; an empty response weighs 1.
        var logProbs = tensor(new double[,] { { -1, -3, -99 }, { 0, 0, 0 } }).requires_grad_();
        var squares = tensor(new double[,] { { -1.5, -1.5, 0 }, { 0, 0, 0 } });
        var mask = tensor(new[,] { { true, true, false }, { false, false, false } });

        var weights = PreferenceWeights.Wpo(logProbs, squares, mask);

        Assert.That(weights.data<double>().ToArray(), Is.EqualTo([Math.Exp(-0.5), 1]).Within(1e-12));
        Assert.That(weights.requires_grad, Is.False);
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        var (one, two) = (Pairs([-1], [-2]), Pairs([-1, -2], [-2, -3]));
        var odd = one with { Rejected = two.Rejected };

        Assert.That(
            () => PreferenceLosses.Sigmoid(odd, one, 0.1),
            Throws.ArgumentException.With.Message.Contains("'pairs.Rejected' has shape [2]"));
        Assert.That(
            () => PreferenceLosses.Sigmoid(one, two, 0.1),
            Throws.ArgumentException.With.Message.Contains("'reference.Chosen' has shape [2]"));
        Assert.That(() => PreferenceLosses.Ipo(one, one, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => PreferenceLosses.Exo(one, one, 0.1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => PreferenceLosses.Robust(one, one, 0.1, 0.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => PreferenceLosses.WeightedSum(), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Arguments_survive_and_nothing_is_left_behind()
    {
        var (policy, reference) = (Pairs([-10], [-12]), Pairs([-11], [-11]));
        foreach (var (_, loss) in All)
        {
            var before = Tensor.TotalCount;
            using (NewDisposeScope())
            {
                _ = loss(policy, reference);
            }

            Assert.That(Tensor.TotalCount, Is.EqualTo(before));
            Assert.That(policy.Chosen.IsInvalid, Is.False);
        }
    }

    private static PairLogProbs Pairs(double[] chosen, double[] rejected, long[]? chosenTokens = null, long[]? rejectedTokens = null) => new(
        tensor(chosen), tensor(rejected), tensor(chosenTokens ?? [.. chosen.Select(_ => 1L)]),
        tensor(rejectedTokens ?? [.. chosen.Select(_ => 1L)]));

    private static PairLogProbs Turned(PairLogProbs pairs) =>
        new(pairs.Chosen.flip(0), pairs.Rejected.flip(0), pairs.ChosenTokens.flip(0), pairs.RejectedTokens.flip(0));
}
