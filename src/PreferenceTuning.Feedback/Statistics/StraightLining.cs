namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How monotonous an annotator's answers are.</summary>
/// <param name="Answers">Number of answers.</param>
/// <param name="LongestRun">Most equal answers in a row: what happened, and no estimate of anything, so that it has a p value and no interval.</param>
/// <param name="RunLabel">The label of that run; -1 without answers.</param>
/// <param name="RunP">
/// Probability of a run this long of any label in so many independent answers with the given label shares (Bonferroni over labels).
/// </param>
/// <param name="LargestShare">Share of the most frequent label, Wilson interval.</param>
public sealed record StraightLiningResult(int Answers, int LongestRun, int RunLabel, Statistic RunP, Statistic LargestShare);

/// <summary>Runs of one answer ("straight-lining"), which people give who do not look.</summary>
public static class StraightLining
{
    /// <summary>Longest run and its surprise.</summary>
    /// <param name="labels">The annotator's labels (or sides) in the order of judging.</param>
    /// <param name="labelShares">How often each label is to be expected, e.g. its share among all annotators; sums to 1.</param>
    public static StraightLiningResult Analyze(ReadOnlySpan<int> labels, IReadOnlyList<double> labelShares)
    {
        var (longest, label, run) = (0, -1, 0);
        var counts = new long[labelShares.Count];
        for (var i = 0; i < labels.Length; i++)
        {
            Check.Index(labels[i], labelShares.Count, nameof(labels), i);
            counts[labels[i]]++;
            run = i > 0 && labels[i] == labels[i - 1] ? run + 1 : 1;
            (longest, label) = run > longest ? (run, labels[i]) : (longest, label);
        }

        if (labels.Length == 0)
        {
            var nothing = Statistic.Undefined("there is no answer");
            return new(0, 0, -1, nothing, nothing);
        }

        var (n, length) = (labels.Length, longest);
        return new(
            n, longest, label,
            Statistic.Of(Math.Min(1, labelShares.Sum(share => RunProbability(n, length, share)))),
            Proportion.Wilson(counts.Max(), n));
    }

    /// <summary>
    /// Probability that n independent trials with the given chance hold a run of at least r successes, by the recurrence
    /// <c>q_n = q_{n-1} - (1 - p) p^r q_{n-r-1}</c> for its absence. Feller 1968, An Introduction to Probability Theory I, XIII.7.
    /// </summary>
    public static double RunProbability(int n, int r, double chance)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(r);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        if (!(chance is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(chance), chance, "'chance' must lie between 0 and 1.");
        }

        if (n < r)
        {
            return 0;
        }

        // The probability of the run itself is summed, so that tiny ones are not lost in 1 - q.
        var (first, absent, present) = (Math.Pow(chance, r), new double[n + 1], 0.0);
        for (var trial = 0; trial <= n; trial++)
        {
            present += trial < r ? 0 : trial == r ? first : (1 - chance) * first * absent[trial - r - 1];
            absent[trial] = 1 - present;
        }

        return Math.Min(1, present);
    }
}
