namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Share of agreeing pairs of raters, <c>[Σ_j n_ij² - n_i] / [n_i (n_i - 1)]</c> per item, without correction for chance.
/// </summary>
public static class PercentAgreement
{
    /// <summary>The share of each item; undefined for items with fewer than two ratings.</summary>
    /// <param name="counts">[items, categories].</param>
    public static IReadOnlyList<Statistic> ByItem(int[,] counts)
    {
        var shares = new Statistic[counts.GetLength(0)];
        for (var i = 0; i < shares.Length; i++)
        {
            long total = 0, squares = 0;
            for (var j = 0; j < counts.GetLength(1); j++)
            {
                Check.Count(counts[i, j], nameof(counts));
                total += counts[i, j];
                squares += (long)counts[i, j] * counts[i, j];
            }

            shares[i] = total < 2
                ? Statistic.Undefined("the item has fewer than two ratings")
                : Statistic.Of((double)(squares - total) / (total * (total - 1)));
        }

        return shares;
    }

    /// <summary>Mean over the items with at least two answers; items are taken as independent, see <see cref="Proportion.Clustered"/>.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="confidence">Coverage of the interval.</param>
    public static Statistic Compute(LabelTable answers, double confidence = 0.95)
    {
        var (shares, counts) = (new List<(double, double)>(), new long[answers.LabelCount]);
        for (var i = 0; i < answers.ItemCount; i++)
        {
            var given = answers.LabelsOf(i);
            if (given.Length < 2)
            {
                continue;
            }

            Array.Clear(counts);
            foreach (var label in given)
            {
                counts[label]++;
            }

            shares.Add(((double)(counts.Sum(n => n * n) - given.Length) / ((long)given.Length * (given.Length - 1)), 1));
        }

        return shares.Count == 0 ? Statistic.Undefined("no item has two answers") : Proportion.Clustered(shares, confidence);
    }
}
