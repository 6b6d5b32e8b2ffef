namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How often one annotator met the gold label.</summary>
/// <param name="Annotator">Index of the annotator.</param>
/// <param name="Correct">Gold items answered correctly.</param>
/// <param name="Asked">Gold items answered.</param>
/// <param name="Accuracy">Their share with a Wilson interval; undefined without a gold item.</param>
/// <param name="ChanceP">Probability of at least so many correct answers by choosing labels evenly; undefined without a gold item.</param>
public sealed record GoldScore(int Annotator, long Correct, long Asked, Statistic Accuracy, Statistic ChanceP);

/// <summary>Accuracy on items whose answer is known.</summary>
public static class GoldAccuracy
{
    /// <summary>The score of every annotator.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="gold">Gold label of each item, -1 for none.</param>
    /// <param name="confidence">Coverage of the Wilson intervals.</param>
    public static IReadOnlyList<GoldScore> ByAnnotator(LabelTable answers, IReadOnlyList<int> gold, double confidence = 0.95)
    {
        Check.SameLength(answers.ItemCount, gold.Count, nameof(answers), nameof(gold));
        var (correct, asked) = (new long[answers.AnnotatorCount], new long[answers.AnnotatorCount]);
        for (var i = 0; i < answers.ItemCount; i++)
        {
            if (gold[i] < 0)
            {
                continue;
            }

            Check.Index(gold[i], answers.LabelCount, nameof(gold), i);
            for (var a = answers.Starts[i]; a < answers.Starts[i + 1]; a++)
            {
                asked[answers.Who[a]]++;
                correct[answers.Who[a]] += answers.What[a] == gold[i] ? 1 : 0;
            }
        }

        return [.. asked.Select((n, k) => new GoldScore(
            k, correct[k], n,
            n == 0 ? Statistic.Undefined("the annotator answered no gold item") : Proportion.Wilson(correct[k], n, confidence),
            n == 0
                ? Statistic.Undefined("the annotator answered no gold item")
                : Statistic.Of(BinomialTest.Greater(correct[k], n, 1.0 / answers.LabelCount))))];
    }

    /// <summary>Accuracy over all annotators.</summary>
    public static Statistic Overall(IReadOnlyList<GoldScore> scores, double confidence = 0.95)
    {
        var asked = scores.Sum(s => s.Asked);
        return asked == 0
            ? Statistic.Undefined("no gold item was answered")
            : Proportion.Wilson(scores.Sum(s => s.Correct), asked, confidence);
    }
}
