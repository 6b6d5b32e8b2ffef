using NUnit.Framework;
using Opossum.Measures;
using Opossum.World;

namespace PreferenceTuning.Samples.Tests.Measures;

public sealed class MeasuresTests
{
    // Newcombe 1998, table I, method 3 (Wilson score): 81/263, 15/148, 0/20, 1/29.
    [TestCase(81, 263, 0.2553, 0.3662)]
    [TestCase(15, 148, 0.0624, 0.1605)]
    [TestCase(0, 20, 0.0000, 0.1611)]
    [TestCase(1, 29, 0.0061, 0.1718)]
    public void Wilson_gives_the_published_intervals(int count, int total, double low, double high)
    {
        var share = Share.Of(count, total);
        Assert.That(share.Low, Is.EqualTo(low).Within(5e-5));
        Assert.That(share.High, Is.EqualTo(high).Within(5e-5));
    }

    [Test]
    public void A_share_of_nothing_says_nothing()
    {
        Assert.That((Share.Of(0, 0).Low, Share.Of(0, 0).High), Is.EqualTo((0.0, 1.0)));
        Assert.That(Share.Of(0, 0).Value, Is.NaN);
    }

    [Test]
    public void A_tie_is_half_a_win()
    {
        // Prompt 1: win, tie; prompt 2: loss, tie. (1 + 0.5 + 0 + 0.5) / 4 = 0.5.
        var rate = WinRate.Of([[1, 0.5], [0, 0.5]], seed: 1);
        Assert.That((rate.Value, rate.Prompts, rate.Comparisons), Is.EqualTo((0.5, 2, 4)));
    }

    [Test]
    public void The_interval_resamples_prompts()
    {
        // 100 prompts of four equal answers each, half of them won. If answers counted singly, the standard error would be
        // sqrt(.25 / 400) = .025; over prompts it is sqrt(.25 / 100) = .05, so the interval is .5 +- 1.96 x .05 = .402 to .598.
        var scores = Enumerable.Range(0, 100).Select(index => (IReadOnlyList<double>)Enumerable.Repeat((double)(index % 2), 4).ToArray()).ToArray();
        var rate = WinRate.Of(scores, seed: 3);
        Assert.That(rate.Low, Is.EqualTo(0.402).Within(0.012));
        Assert.That(rate.High, Is.EqualTo(0.598).Within(0.012));
        Assert.That(WinRate.Of(scores, seed: 3), Is.EqualTo(rate));
    }

    [Test]
    public void A_rate_over_fewer_than_two_prompts_is_refused()
    {
        Assert.That(() => WinRate.Of([[1, 1]], 1), Throws.ArgumentException.With.Message.Contains("at least two prompts"));
        Assert.That(() => WinRate.Of([[1], []], 1), Throws.ArgumentException.With.Message.Contains("at least one comparison"));
    }

    [TestCase(0.0, 1.0)]
    [TestCase(0.5, 2.5)]
    [TestCase(0.25, 1.75)]
    [TestCase(1.0, 4.0)]
    public void Quantiles_interpolate(double probability, double expected) =>
        Assert.That(WinRate.Quantile([1, 2, 3, 4], probability), Is.EqualTo(expected).Within(1e-12));

    [Test]
    public void Distinct_bigrams_count_pairs_once_and_do_not_cross_texts()
    {
        // "a b a b." -> (a b) (b a) (a b) (b .): three distinct; "b a" adds (b a), known already.
        Assert.That(Variety.DistinctBigrams(["a b a b.", "b a"]), Is.EqualTo(3));
        Assert.That(Variety.DistinctBigramRatio(["x x x", "y"], ["a b a b.", "b a"]), Is.EqualTo(1 / 3.0).Within(1e-12));
    }

    [Test]
    public void Distinct_bigrams_of_different_numbers_of_answers_are_not_compared() =>
        Assert.That(() => Variety.DistinctBigramRatio(["a b"], ["a b", "b c"]), Throws.ArgumentException.With.Message.Contains("must be equal"));

    [Test]
    public void Calibration_of_four_margins_by_hand()
    {
        // sigma(2) = .880797 -> bin 7 (.85 to .9): +2 right, -2 wrong, mean confidence .8808, agreement 1/2.
        // sigma(.2) = .549834 -> bin 0: right. Margin 0: confidence .5, bin 0, counts half for the accuracy, not as agreement.
        // Accuracy (1 + 0 + 1 + .5) / 4 = .625. Log loss (.126928 + 2.126928 + .598139 + .693147) / 4 = .886286.
        // ECE: bin 0: 2 x |.524917 - .5| + bin 7: 2 x |.880797 - .5| = .811428; / 4 = .202857.
        var calibration = Calibration.Of([2, -2, 0.2, 0]);
        Assert.That(calibration.Accuracy, Is.EqualTo(0.625).Within(1e-12));
        Assert.That(calibration.LogLoss, Is.EqualTo(0.886286).Within(1e-5));
        Assert.That(calibration.ExpectedError, Is.EqualTo(0.202857).Within(1e-5));
        Assert.That(calibration.Bins.Select(bin => bin.Agreement.Total), Is.EqualTo(new[] { 2, 2 }));
        Assert.That(calibration.Bins[1].Confidence, Is.EqualTo(0.880797).Within(1e-6));
    }

    [Test]
    public void A_margin_that_is_not_a_number_is_named() =>
        Assert.That(() => Calibration.Of([1, double.NaN]), Throws.ArgumentException.With.Message.Contains("margin of pair 1"));

    [Test]
    public void An_evaluation_wins_where_the_tuned_answer_is_better()
    {
        const string Prompt = "What is an opossum?";
        const string Homework = "An opossum is a nocturnal marsupial that lives in woodlands and feeds on insects.";
        const string OtherHomework = "Adult opossums play dead in danger, a behaviour that helps them to avoid predators.";
        const string Meme = "This opossum has nine unread messages and zero plans except napping on my keyboard.";
        var better = new AnswerSet(Prompt, [Homework], [OtherHomework], [Meme]);
        var equal = new AnswerSet(Prompt, [Homework], [OtherHomework], [OtherHomework]);
        var result = Evaluation.Of([better, equal], new StyleJudge(Style.Meme), seed: 1);
        Assert.That((result.Win.Value, result.Control.Value), Is.EqualTo((0.75, 0.5)), "a win and a tie; the control ties twice");
        Assert.That((result.PreferredShareBefore, result.PreferredShareAfter), Is.EqualTo((0.0, 0.5)));
        Assert.That(result.UtilitiesBefore[0], Is.EqualTo(2.5).Within(1e-9));
    }

    [Test]
    public void An_evaluation_of_unequal_numbers_is_refused() =>
        Assert.That(
            () => Evaluation.Of([new AnswerSet("What is a fox?", ["a"], ["b"], [])], new StyleJudge(Style.Meme), 1),
            Throws.ArgumentException.With.Message.Contains("as many of each"));
}
