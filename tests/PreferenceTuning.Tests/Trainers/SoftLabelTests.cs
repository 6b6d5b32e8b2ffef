using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>Votes that did not agree reach the loss of the reward model as a probability.</summary>
public sealed class SoftLabelTests
{
    [Test]
    public void A_pair_is_the_cross_entropy_of_its_soft_label_whichever_way_it_stands()
    {
        using var scope = NewDisposeScope();
        foreach (var loss in new[] { RankingLosses.PlackettLuce(), RankingLosses.BradleyTerry() })
        {
            // d = 0.8: -log sigmoid(d) = ln(1 + e^-0.8) = 0.371101 and -log sigmoid(-d) = 1.171101; 0.75 and 0.25 of them, and the first alone.
            var losses = loss(Pairs([[1.0, 0.2], [0.2, 1.0], [1.0, 0.2]], [[0, 1], [1, 0], [0, 1]], [0, 0, 0], [0.75, 0.75, 1]));
            Assert.That(losses.data<double>().ToArray(), Is.EqualTo(new[] { 0.571101, 0.571101, 0.371101 }).Within(1e-6));
        }
    }

    [Test]
    public void A_margin_moves_the_probability_that_is_compared_with_the_soft_label()
    {
        using var scope = NewDisposeScope();

        // d - m = 0.3: 0.75 x 0.554355 + 0.25 x 0.854355.
        var loss = RankingLosses.BradleyTerry()(Pairs([[1.0, 0.2]], [[0, 1]], [0.5], [0.75]));
        Assert.That(loss.item<double>(), Is.EqualTo(0.629355).Within(1e-6));
    }

    [Test]
    public void A_loss_without_a_place_for_soft_labels_refuses_them()
    {
        using var scope = NewDisposeScope();
        Assert.That(
            () => RankingLosses.PickBest(Pairs([[1.0, 0.2]], [[0, 1]], [0], [0.75])),
            Throws.ArgumentException.With.Message.Contains("BetterProbability"));
    }

    [TestCase(1.5, 0, 1)]
    [TestCase(-0.1, 0, 1)]
    [TestCase(double.NaN, 0, 1)]
    [TestCase(0.7, 0, 0)]
    [TestCase(0.7, 0, 1, 2)]
    public void A_soft_label_that_means_nothing_is_refused(double probability, params int[] ranks)
    {
        using var policy = TinySetup.Policy();
        using var model = RewardModel.FromDecoder(policy.Decoder, seed: 5);
        RankedExample example = new([.. ranks.Select(rank => new[] { 2, 3 + rank })], ranks, BetterProbability: probability);
        Assert.That(
            () => RewardTrainer.Evaluate(model, RankingLosses.PlackettLuce(), [example]),
            Throws.ArgumentException.With.Message.Contains("Group 0 has BetterProbability").And.Message.Contains("without a tie"));
    }

    [Test]
    public void Training_ends_where_the_model_says_what_the_votes_said()
    {
        using var policy = TinySetup.Policy();
        using var model = RewardModel.FromDecoder(policy.Decoder, seed: 5);
        using var optimizer = new AdamW(model.Parameters);
        var trainer = new RewardTrainer(model, RankingLosses.PlackettLuce(), optimizer, _ => 0.003);
        RankedExample[] batch = [new([[2, 3, 4], [2, 5, 6]], [0, 1], BetterProbability: 0.75), new([[7, 8], [9, 10]], [1, 0], BetterProbability: 0.25)];
        for (var step = 0; step < 150; step++)
        {
            trainer.Step(batch);
        }

        // sigmoid(d) = 0.75 at d = ln 3; the second pair's better ranked answer is probably the worse one.
        var scores = RewardScoring.Scores(model, [.. batch.SelectMany(group => group.Sequences)]);
        Assert.That(scores[0] - scores[1], Is.EqualTo(Math.Log(3)).Within(0.05));
        Assert.That(scores[3] - scores[2], Is.EqualTo(-Math.Log(3)).Within(0.05));
    }

    private static RankedRewards Pairs(double[][] rewards, long[][] ranks, double[] margins, double[] probabilities) => new(
        tensor(rewards.SelectMany(row => row).ToArray()).view(-1, 2),
        tensor(ranks.SelectMany(row => row).ToArray()).view(-1, 2),
        ones(rewards.Length, 2, dtype: ScalarType.Bool),
        tensor(margins),
        tensor(probabilities));
}
