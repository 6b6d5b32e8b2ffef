namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Skills of annotators and the votes weighted with them.</summary>
/// <param name="Skills">Skill of each annotator, 0 to 1.</param>
/// <param name="Items">Weighted votes of each item.</param>
public sealed record SkillResult(IReadOnlyList<double> Skills, ItemPosteriors Items);

/// <summary>Simple models in which an annotator has one number, agreement with the (weighted) majority.</summary>
public static class SkillModels
{
    /// <summary>
    /// Wawa ("worker agreement with aggregate"): skill = share of answers that equal the unweighted majority (the first label where
    /// votes are equal). Appen 2021, as in crowd-kit.
    /// </summary>
    public static SkillResult Wawa(LabelTable answers)
    {
        var skills = Accuracy(answers, MajorityVote.Shares(answers));
        return new(skills, MajorityVote.Weighted(answers, skills));
    }

    /// <summary>
    /// Zero-based skill: skills move towards agreement with the weighted majority, <c>s += rate · (accuracy - s)</c>, in 100 rounds with
    /// the rate halved every 20 from 1, starting at <c>1/k + 1e-5</c>. As in crowd-kit.
    /// </summary>
    public static SkillResult ZeroBased(
        LabelTable answers, int rounds = 100, double rate = 1, int roundsToReduce = 20, double reduction = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(roundsToReduce);
        var skills = Enumerable.Repeat((1.0 / Math.Max(1, answers.LabelCount)) + 1e-5, answers.AnnotatorCount).ToArray();
        for (var round = 1; round <= rounds; round++)
        {
            rate *= round % roundsToReduce == 0 ? reduction : 1;
            var accuracy = Accuracy(answers, MajorityVote.Weighted(answers, skills));
            for (var k = 0; k < skills.Length; k++)
            {
                skills[k] += rate * (accuracy[k] - skills[k]);
            }
        }

        return new(skills, MajorityVote.Weighted(answers, skills));
    }

    private static double[] Accuracy(LabelTable answers, ItemPosteriors items)
    {
        var (right, total) = (new double[answers.AnnotatorCount], new double[answers.AnnotatorCount]);
        for (var i = 0; i < answers.ItemCount; i++)
        {
            var best = items.Best(i);
            for (var a = answers.ItemStart[i]; a < answers.ItemStart[i + 1]; a++)
            {
                right[answers.Annotators[a]] += answers.Labels[a] == best ? 1 : 0;
                total[answers.Annotators[a]]++;
            }
        }

        return [.. right.Select((r, k) => total[k] == 0 ? 0 : r / total[k])];
    }
}
