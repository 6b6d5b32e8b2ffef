// Everything that is new in this experiment: a preference loss and a reward function. Program.cs plugs them into the trainers.
using PreferenceTuning.Losses;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace OwnLossAndReward;

/// <summary>A new preference loss is a function of summed log-probs; length-normalised ones find the token counts there too.</summary>
internal static class Idea
{
    /// <summary>
    /// DPO may make both answers less likely as long as the rejected one falls faster. This one subtracts what the chosen answer has
    /// lost: <c>-log sigmoid(beta (delta - lambda max(0, -rho_chosen)))</c>. Pal et al. 2024 (DPO-Positive), arXiv:2402.13228, eq. 3.
    /// </summary>
    public static PreferenceLossResult DpoPositive(PairLogProbs policy, PairLogProbs reference, double beta, double lambda)
    {
        using var scope = NewDisposeScope();
        var chosen = policy.Chosen - reference.Chosen; // [B] nats
        var rejected = policy.Rejected - reference.Rejected;
        var lost = nn.functional.relu(-chosen);
        var losses = nn.functional.logsigmoid(beta * (chosen - rejected - (lambda * lost))).neg(); // [B], not averaged
        return new PreferenceLossResult(
            losses.MoveToOuterDisposeScope(),
            (beta * chosen.detach()).MoveToOuterDisposeScope(),
            (beta * rejected.detach()).MoveToOuterDisposeScope());
    }
}

/// <summary>A new reward function is one method: the share of neighbouring letters that are a vowel and a consonant.</summary>
internal sealed class Alternation(string letters) : IRewardFunction
{
    public Tensor Score(RolloutBatch rollouts) =>
        tensor(Enumerable.Range(0, rollouts.Count).Select(row => Share(rollouts.ResponseTokens(row))).ToArray());

    private float Share(int[] tokens)
    {
        var isVowel = tokens.Select(token => "aeiou".Contains(letters[token], StringComparison.Ordinal)).ToArray();
        var changes = isVowel.Zip(isVowel.Skip(1)).Count(pair => pair.First != pair.Second);
        return changes / Math.Max(1f, tokens.Length - 1);
    }
}
