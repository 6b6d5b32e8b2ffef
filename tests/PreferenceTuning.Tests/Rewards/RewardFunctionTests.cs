using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Tests.Trainers;
using PreferenceTuning.Tokenization;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Rewards;

[OneThread]
public sealed class RewardFunctionTests
{
    private TorchSharp.DisposeScope _scope = null!;

    [SetUp]
    public void OpenScope() => _scope = NewDisposeScope();

    [TearDown]
    public void CloseScope() => _scope.Dispose();

    // Lengths 3, 2, 1: the last two ended by themselves.
    private static RolloutBatch Three() => GivenScores.Rollouts(0, [5, 6, 7], [8, 1], [1]);

    // 2 x (1, 2, 3) - 0.5 x (4, 0, -2) = (0, 4, 7)
    [Test]
    public void A_weighted_sum_by_hand()
    {
        var function = new WeightedRewardFunction((new GivenScores(1, 2, 3), 2), (new GivenScores(4, 0, -2), -0.5));
        Assert.That(Numbers(function.Score(Three())), Is.EqualTo(new[] { 0f, 4, 7 }));
    }

    // One score for three responses would count for each of them.
    [Test]
    public void A_part_that_gives_another_number_of_scores_is_refused() => Assert.That(
        () => new WeightedRewardFunction((new GivenScores(1, 2, 3), 1), (new GivenScores(4), 1)).Score(Three()),
        Throws.ArgumentException.With.Message.Contains("'scores' has shape [1]").And.Message.Contains("must be 3"));

    [Test]
    public void Scores_are_cut_to_the_limit_and_a_broken_one_still_shows() => Assert.That(
        Numbers(new ClippedRewardFunction(new GivenScores(-7, 1.25f, float.NaN), 1.5).Score(Three())), Is.EqualTo(
            new[] { -1.5f, 1.25f, float.NaN }));

    [Test]
    public void A_response_that_did_not_end_pays_and_one_that_did_does_not()
    {
        Assert.That(Numbers(MissingEndPenalty.Subtract(new GivenScores(4, 4, 4), 3).Score(Three())), Is.EqualTo(new[] { 1f, 4, 4 }));
        Assert.That(Numbers(MissingEndPenalty.Replace(new GivenScores(4, 5, 6), -1).Score(Three())), Is.EqualTo(new[] { -1f, 5, 6 }));
    }

    // Token 6 ends; it counts from position 1 on.
    [Test]
    public void A_response_is_cut_behind_its_truncation_token_before_it_is_scored()
    {
        var seen = new SeenRollouts();
        new TruncatedRewardFunction(seen, truncationToken: 6, padToken: 0, after: 1)
            .Score(GivenScores.Rollouts(0, [5, 6, 7, 6], [6, 8, 8, 6], [6, 8, 9, 7]));
        Assert.That(seen.Responses, Is.EqualTo(new int[][] { [5, 6], [6, 8, 8, 6], [6, 8, 9, 7] }));
        Assert.That(seen.Ids[..4], Is.EqualTo(new long[] { 5, 6, 0, 0 }));
        Assert.That(seen.Finished, Is.EqualTo(new[] { true, true, false }), "of the last one the 6 comes too early");
    }

    [Test]
    public void Padding_that_looks_like_the_truncation_token_ends_nothing()
    {
        var seen = new SeenRollouts();
        new TruncatedRewardFunction(seen, truncationToken: 0, padToken: 0).Score(GivenScores.Rollouts(0, [5, 6, 0], [8, 9]));
        Assert.That(seen.Responses, Is.EqualTo(new int[][] { [5, 6, 0], [8, 9] }));
        Assert.That(seen.Finished, Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public void Wrappers_are_read_from_the_inside_out()
    {
        // (4, 4, 4), the first one less 3, all within 2: (1, 2, 2). The other way round the first would be 2 - 3 = -1.
        var penalised = new ClippedRewardFunction(MissingEndPenalty.Subtract(new GivenScores(4, 4, 4), 3), 2);
        var clippedFirst = MissingEndPenalty.Subtract(new ClippedRewardFunction(new GivenScores(4, 4, 4), 2), 3);
        Assert.That(Numbers(penalised.Score(Three())), Is.EqualTo(new[] { 1f, 2, 2 }));
        Assert.That(Numbers(clippedFirst.Score(Three())), Is.EqualTo(new[] { -1f, 2, 2 }));
    }

    [Test]
    public void A_rule_over_text_sees_prompt_and_response_without_padding_and_special_tokens()
    {
        var tokenizer = BpeTrainer.Train(["opossum opossum"], new BpeTrainerOptions { VocabularySize = 270 });
        int[] first = [.. tokenizer.Encode(" plays dead", addSpecialTokens: false), tokenizer.EosId!.Value];
        int[] second = [.. tokenizer.Encode(" wins", addSpecialTokens: false)];
        var seen = new List<string>();
        var scores = new TextRewardFunction(tokenizer, (prompt, response) =>
        {
            seen.Add(response);
            return prompt.Length + (10 * response.Length);
        }).Score(GivenScores.Rollouts(0, first, second));
        Assert.That(seen, Is.EqualTo(new[] { " plays dead", " wins" }));
        // Prompts are single letters: 1 + 10 x 11 and 1 + 10 x 5.
        Assert.That(Numbers(scores), Is.EqualTo(new[] { 111f, 51 }));
    }

    [Test]
    public void A_reward_model_scores_each_response_as_if_it_were_alone([Values(1, 40, 16384)] int microBatchTokens)
    {
        using var policy = TinySetup.Policy();
        using var model = RewardModel.FromDecoder(policy.Decoder, seed: 7);
        var rollouts = new RolloutEngine(policy, TinySetup.Sampling).Generate(TinySetup.Prompts(0, count: 12));
        var alone = Enumerable.Range(0, rollouts.Count)
            .Select(row => (float)RewardScoring.Scores(model, [[.. rollouts.PromptTokens(row), .. rollouts.ResponseTokens(row)]])[0]).ToArray();
        var scores = new RewardModelFunction(model, microBatchTokens).Score(rollouts);
        Assert.That(Numbers(scores), Is.EqualTo(alone).Within(1e-5));
        Assert.That(scores.requires_grad, Is.False);
        Assert.That(alone.Distinct().Count(), Is.GreaterThan(6), "scores differ");
    }

    [Test]
    public void Functions_leave_their_scores_and_nothing_else()
    {
        var rollouts = Three();
        IRewardFunction all = new WeightedRewardFunction(
            (new ClippedRewardFunction(MissingEndPenalty.Subtract(new GivenScores(1, 2, 3), 1), 2), 1),
            (new TruncatedRewardFunction(MissingEndPenalty.Replace(new GivenScores(1, 2, 3), 1), 1, 0), 1));
        for (var call = 0; call < 5; call++)
        {
            LiveTensors.AssertNoMore(() => all.Score(rollouts).Dispose());
        }
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        Assert.That(() => new WeightedRewardFunction(), Throws.ArgumentException.With.Message.Contains("at least one function"));
        Assert.That(
            () => new WeightedRewardFunction((new GivenScores(1), double.NaN)), Throws.ArgumentException.With.Message.Contains("finite"));
        Assert.That(
            () => new ClippedRewardFunction(new GivenScores(1), 0),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("limit"));
    }

    private static float[] Numbers(Tensor tensor) => tensor.contiguous().data<float>().ToArray();
}
