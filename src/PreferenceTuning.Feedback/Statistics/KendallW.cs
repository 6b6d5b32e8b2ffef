namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Kendall's coefficient of concordance.</summary>
/// <param name="W">Corrected for ties: 1 for equal rankings, 0 for none in common.</param>
/// <param name="Uncorrected">Without the correction.</param>
/// <param name="Test">Friedman's chi-square test.</param>
/// <param name="SumOfSquares">S, the squared deviations of the items' rank sums.</param>
public sealed record KendallWResult(Statistic W, Statistic Uncorrected, TestResult Test, double SumOfSquares);

/// <summary>
/// Concordance of several rankings, <c>W = 12 S / (m² (n³ - n) - m Σ (t³ - t))</c>. Kendall and Babington Smith 1939, Annals of
/// Mathematical Statistics 10; Friedman 1937.
/// </summary>
public static class KendallW
{
    /// <summary>W of a matrix of scores.</summary>
    /// <param name="scores">[raters, items]: scores or ranks, ranked anew within each rater.</param>
    public static KendallWResult Compute(double[,] scores)
    {
        int raters = scores.GetLength(0), items = scores.GetLength(1);
        var (sums, ties) = (new double[items], 0.0);
        for (var r = 0; r < raters; r++)
        {
            var row = new double[items];
            for (var i = 0; i < items; i++)
            {
                row[i] = scores[r, i];
            }

            var ranks = Ranks.Average(row);
            for (var i = 0; i < items; i++)
            {
                sums[i] += ranks[i];
            }

            ties += Ranks.GroupSizes(row).Sum(t => ((double)t * t * t) - t);
        }

        var mean = raters * (items + 1.0) / 2;
        var squares = sums.Sum(s => (s - mean) * (s - mean));
        return Result(raters, items, squares, ties);
    }

    private static KendallWResult Result(double raters, double items, double squares, double ties)
    {
        var full = raters * raters * ((items * items * items) - items);
        if (raters < 2 || items < 2 || full - (raters * ties) <= 0)
        {
            var reason = raters < 2 ? "there are fewer than two raters" : items < 2 ? "there are fewer than two items" : "every rater gave equal scores throughout";
            return new(Statistic.Undefined(reason), Statistic.Undefined(reason), TestResult.Undefined(reason), squares);
        }

        var w = 12 * squares / (full - (raters * ties));
        var chiSquare = raters * (items - 1) * w;
        return new(
            Statistic.Of(w),
            Statistic.Of(12 * squares / full),
            new(Statistic.Of(chiSquare), Statistic.Of(Distributions.ChiSquareUpper(chiSquare, items - 1)), items - 1),
            squares);
    }
}
