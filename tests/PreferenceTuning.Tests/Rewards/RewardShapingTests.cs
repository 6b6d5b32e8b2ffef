using NUnit.Framework;
using PreferenceTuning.Rewards;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Rewards;

public sealed class RewardShapingTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    // Response 1: two tokens of three, response 2: all three.
    private static Tensor Mask() => tensor(new[,] { { true, true, false }, { true, true, true } });

    private static Tensor Kl() => tensor(new[,] { { 1, 2, double.NaN }, { -1, 0, 4 } });

    private static Tensor Scores() => tensor([10.0, 20.0]);

    [Test]
    public void The_score_lands_on_the_last_token() => Assert.That(
        Numbers(RewardShaping.TokenRewards(Scores(), Kl(), Mask(), 0.5)),
        Is.EqualTo([-0.5, 10 - 1.0, 0, 0.5, 0, 20 - 2.0]));

    [Test]
    public void In_TRL_the_score_lands_after_the_last_token_where_there_is_room() => Assert.That(
        Numbers(RewardShaping.TokenRewardsTrl(Scores(), Kl(), Mask(), 0.5)),
        Is.EqualTo([-0.5, -1.0, 10, 0.5, 0, 20 - 2.0]));

    [Test]
    public void In_Ziegler_every_position_pays_and_the_score_lands_on_the_last_one() => Assert.That(
        Numbers(RewardShaping.TokenRewardsZiegler(Scores(), Kl().nan_to_num(6), 0.5)),
        Is.EqualTo([-0.5, -1.0, 10 - 3.0, 0.5, 0, 20 - 2.0]));

    [Test]
    public void The_score_of_an_empty_response_is_refused_by_row_but_TRL_puts_it_first()
    {
        var mask = tensor(new[,] { { true, false, false }, { false, false, false } });

        Assert.That(
            () => RewardShaping.TokenRewards(Scores(), Kl(), mask, 0.5),
            Throws.ArgumentException.With.Message.Contains("no token in row 1").And.Message.Contains("keep its end token"));
        Assert.That(Numbers(RewardShaping.TokenRewardsTrl(Scores(), Kl(), mask, 0.5)), Is.EqualTo([-0.5, 10, 0, 20, 0, 0]));
    }

    [Test]
    public void A_hole_in_the_mask_does_not_end_the_response() => Assert.That(
        Numbers(
            RewardShaping.TokenRewards(tensor([1.0]), zeros(1, 4, ScalarType.Float64), tensor(new[,] { { true, false, true, false } }), 1)),
        Is.EqualTo([0.0, 0, 1, 0]));

    [Test]
    public void A_response_without_end_gets_the_penalty()
    {
        var hasEnd = tensor(new[] { true, false });

        Assert.That(Numbers(RewardShaping.SubtractMissingEndPenalty(Scores(), hasEnd, 3)), Is.EqualTo([10.0, 17.0]));
        Assert.That(Numbers(RewardShaping.ReplaceScoreWithoutEnd(Scores(), hasEnd, -1)), Is.EqualTo([10.0, -1.0]));
    }

    [Test]
    public void Scores_are_clipped_on_both_sides_and_NaN_shows() => Assert.That(
        Numbers(RewardShaping.ClipScores(tensor([-7.0, 0.5, 7.0, double.NaN]), 5)), Is.EqualTo([-5.0, 0.5, 5.0, double.NaN]));

    [Test]
    public void Normalised_scores_have_the_wanted_mean_and_deviation()
    {
        // 1, 3, 5, 7: mean 4, population deviation sqrt 5.
        var raw = tensor([1.0, 3, 5, 7]);
        var map = ScoreNormalization.FromScores(raw, targetMean: 2, targetStandardDeviation: 10);

        Assert.That(map.Gain, Is.EqualTo(10 / Math.Sqrt(5)).Within(1e-12));
        Assert.That(map.Bias, Is.EqualTo(2 - (40 / Math.Sqrt(5))).Within(1e-12));
        Assert.That(map.Apply(raw).mean().item<double>(), Is.EqualTo(2).Within(1e-12));
        Assert.That(map.Apply(raw).std(unbiased: false).item<double>(), Is.EqualTo(10).Within(1e-12));
        Assert.That(Numbers(ScoreNormalization.Identity.Apply(raw)), Is.EqualTo([1.0, 3, 5, 7]));
        Assert.That(
            () => ScoreNormalization.FromScores(tensor([2.0, 2.0])),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("all scores equal"));
        Assert.That(
            () => ScoreNormalization.FromScores(tensor([2.0, double.NaN])),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("NaN"));
    }

    [Test]
    public void A_response_is_cut_after_its_first_end_token_that_counts()
    {
        var responses = tensor(new long[,] { { 7, 1, 3, 1 }, { 7, 3, 3, 3 }, { 3, 1, 1, 1 } });
        var cut = ResponseTruncation.AfterToken(responses, endToken: 3, padToken: 0, notBefore: 1);

        Assert.That(cut.Tokens.data<long>().ToArray(), Is.EqualTo([7L, 1, 3, 0, 7, 3, 0, 0, 3, 1, 1, 1]));
        Assert.That(cut.Mask.sum(1).data<long>().ToArray(), Is.EqualTo([3L, 2, 4]));
        Assert.That(cut.HasEnd.data<bool>().ToArray(), Is.EqualTo([true, true, false]), "the 3 at position 0 is too early");
    }

    [Test]
    public void An_end_token_that_is_also_the_pad_token_stays_in_the_mask()
    {
        var cut = ResponseTruncation.AfterToken(tensor(new long[,] { { 7, 0, 0 } }), endToken: 0, padToken: 0);

        Assert.That(cut.Mask.data<bool>().ToArray(), Is.EqualTo([true, true, false]));
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        Assert.That(
            () => RewardShaping.TokenRewards(tensor([1.0]), Kl(), Mask(), 1),
            Throws.ArgumentException.With.Message.Contains("'scores' has shape [1]"));
        Assert.That(() => RewardShaping.TokenRewards(Scores(), Kl(), Mask(), -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => RewardShaping.SubtractMissingEndPenalty(Scores(), Scores(), 1),
            Throws.ArgumentException.With.Message.Contains("masks are bool"));
        Assert.That(() => RewardShaping.ClipScores(Scores(), 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static double[] Numbers(Tensor tensor) => tensor.contiguous().data<double>().ToArray();
}
