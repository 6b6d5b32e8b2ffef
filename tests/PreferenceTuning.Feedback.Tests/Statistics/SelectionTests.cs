using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>Which pair next, and what it costs.</summary>
[TestFixture]
public sealed class SelectionTests
{
    private static readonly LabellingPlanOptions Options = new()
    {
        Items = 100, Annotators = 5, SecondsPerJudgement = 60, HourlyPay = 12, Currency = "EUR", GoldItems = 10, Overhead = 0.1,
    };

    [Test]
    public void Disagreement_prefers_sure_and_opposed_models_to_unsure_ones()
    {
        // Items 0 and 1: the models are sure of opposite answers (ln 2); 2 and 3: both unsure (0); 0 and 2: both sure of the same (0).
        double[,] scores = { { 50, -50, 0, 0 }, { -50, 50, 0, 0 } };
        var chosen = PairSelection.ByDisagreement(scores, [(2, 3), (0, 1), (2, 3)], 3);
        Assert.That((chosen[0].First, chosen[0].Second), Is.EqualTo((0, 1)));
        Assert.That(chosen[0].Score, Is.EqualTo(Math.Log(2)).Within(1e-12));
        Assert.That(chosen[1].Score, Is.Zero.Within(1e-12));
        Assert.That(() => PairSelection.ByDisagreement(new double[1, 2], [(0, 1)], 1), Throws.ArgumentException);
    }

    [Test]
    public void Disagreement_of_a_mixed_pair_is_worked_out_by_hand()
    {
        // p = 3/4 and 1/4: H(1/2) - H(1/4) = 0.693147 - 0.562335.
        double[,] scores = { { Math.Log(3), 0 }, { 0, Math.Log(3) } };
        Assert.That(PairSelection.ByDisagreement(scores, [(0, 1)], 1)[0].Score, Is.EqualTo(0.130812).Within(1e-6));
    }

    [Test]
    public void Information_goes_to_the_pair_that_is_known_least_and_does_not_ask_it_for_ever()
    {
        // Items 0, 1, 2 met often, item 3 once with item 0 each way.
        var counts = PairwiseCounts.FromMatrices(new double[,] { { 0, 20, 20, 1 }, { 20, 0, 20, 0 }, { 20, 20, 0, 0 }, { 1, 0, 0, 0 } });
        var fit = BradleyTerry.Fit(counts);
        (int, int)[] pairs = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)];
        var chosen = PairSelection.ByInformation(fit, pairs, 4, 3);
        Assert.That(chosen.Select(p => p.Second), Is.All.EqualTo(3));
        Assert.That(chosen.Select(p => p.Score), Is.Ordered.Descending);
        Assert.That(chosen.Select(p => p.First).Distinct().Count(), Is.GreaterThan(1), "the second question differs from the first");
        Assert.That(
            chosen[0].Score,
            Is.EqualTo(Math.Log(1 + (0.25 * Math.Pow(fit.DifferenceStandardError(chosen[0].First, 3), 2))) / 2).Within(1e-9));
    }

    [Test]
    public void Overlap_items_are_a_random_share()
    {
        var chosen = PairSelection.ForAgreement(100, 0.2, 5);
        Assert.That(chosen, Has.Count.EqualTo(20).And.Ordered.And.Unique);
        Assert.That(PairSelection.ForAgreement(100, 0.2, 5), Is.EqualTo(chosen));
        Assert.That(PairSelection.ForAgreement(100, 0.28, 5), Has.Count.EqualTo(28), "0.28 * 100 is 28.000000000000004");
        Assert.That(LabellingPlan.Of(Options with { OverlapShare = 0.07 }).OverlapItems, Is.EqualTo(7));
        Assert.That(LabellingPlan.Of(Options with { OverlapShare = 0.071 }).OverlapItems, Is.EqualTo(8));
        Assert.That(PairSelection.ForAgreement(100, 0.2, 6), Is.Not.EqualTo(chosen));
    }

    [Test]
    public void A_plan_is_arithmetic()
    {
        // 100 + 20 · 2 + 5 · 10 = 190 judgements; 190 min + 5 · 30 min = 5 h 40 min; 68 EUR; with 10 % 74.80.
        var plan = LabellingPlan.Of(Options);
        Assert.That((plan.OverlapItems, plan.Judgements, plan.GoldJudgements), Is.EqualTo((20, 190L, 50L)));
        Assert.That(plan.Hours, Is.EqualTo(17.0 / 3).Within(1e-12));
        Assert.That(plan.Pay, Is.EqualTo(68).Within(1e-9));
        Assert.That(plan.Cost, Is.EqualTo(74.8).Within(1e-9));
        Assert.That(plan.AgreementReach.Required, Is.EqualTo(0.1753).Within(5e-5)); // 1.96 sqrt(0.16 / 20)
        Assert.That(plan.ToString(), Is.EqualTo(
            "190 judgements (20 items judged several times, 50 on gold items), 5.7 hours (1.1 for each annotator), 68.00 EUR of pay, 74.80 EUR in all."));
    }

    [Test]
    public void A_budget_buys_items()
    {
        // 101 items need 21 overlap items: 193 judgements, 75.46 EUR.
        Assert.That(LabellingPlan.ItemsWithin(75.45, Options), Is.EqualTo(100));
        Assert.That(LabellingPlan.ItemsWithin(75.47, Options), Is.EqualTo(101));
        Assert.That(LabellingPlan.ItemsWithin(1, Options), Is.Zero);
    }

    [Test]
    public void Assignments_keep_the_plan()
    {
        var assigned = LabellingPlan.Assign(Options, 3);
        Assert.That(assigned, Has.Count.EqualTo(190).And.Unique);
        var loads = assigned.CountBy(a => a.Annotator).Select(x => x.Value).ToArray();
        Assert.That(loads.Max() - loads.Min(), Is.LessThanOrEqualTo(1));
        Assert.That(assigned.Where(a => !a.IsGold).CountBy(a => a.Item).CountBy(x => x.Value).OrderBy(x => x.Key), Is.EqualTo(
            new[] { KeyValuePair.Create(1, 80), KeyValuePair.Create(3, 20) }));
        Assert.That(assigned.Where(a => a.IsGold).CountBy(a => a.Item).Select(x => x.Value), Is.All.EqualTo(5));
        Assert.That(LabellingPlan.Assign(Options, 3), Is.EqualTo(assigned));
    }

    [Test]
    public void A_plan_names_its_mistakes()
    {
        Assert.That(
            () => LabellingPlan.Of(Options with { OverlapAnnotators = 6 }),
            Throws.InstanceOf<ArgumentException>().With.Message.Contains("Annotators (5)"));
        Assert.That(() => LabellingPlan.Of(Options with { OverlapShare = 2 }), Throws.InstanceOf<ArgumentException>());
        Assert.That(LabellingPlan.Of(Options with { OverlapShare = 0 }).AgreementReach.IsDefined, Is.False);
    }
}
