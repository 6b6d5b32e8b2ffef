namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Agreement of a fixed number of raters per item.</summary>
/// <param name="Kappa">Fleiss' kappa, expected agreement from the pooled marginals; interval by jackknife over items.</param>
/// <param name="Randolph">Free-marginal kappa, expected agreement 1/k; interval by jackknife over items.</param>
/// <param name="CategoryKappas">
/// Fleiss' kappa of each category against the rest; undefined where a category is never or always used.
/// </param>
/// <param name="CategoryShares">Share of each category among all ratings.</param>
/// <param name="ObservedAgreement">Mean share of agreeing pairs of raters per item; null where undefined.</param>
/// <param name="ExpectedAgreement"><c>Σ p_j²</c>; null where undefined.</param>
/// <param name="NullStandardError">Standard error of Fleiss' kappa under no agreement beyond chance (Fleiss, Nee and Landis 1979).</param>
/// <param name="CategoryNullStandardError">The same for each category kappa, <c>sqrt(2 / (N n (n - 1)))</c>.</param>
/// <param name="Z">Kappa over its null standard error.</param>
public sealed record FleissKappaResult(
    Statistic Kappa,
    Statistic Randolph,
    IReadOnlyList<Statistic> CategoryKappas,
    IReadOnlyList<double> CategoryShares,
    double? ObservedAgreement,
    double? ExpectedAgreement,
    Statistic NullStandardError,
    Statistic CategoryNullStandardError,
    Statistic Z);

/// <summary>
/// Fleiss' kappa (Fleiss 1971, Psychological Bulletin 76(5)) and Randolph's free-marginal kappa (Randolph 2005): every item needs
/// the same number of raters. Where it does not have it, use <see cref="KrippendorffAlpha"/>.
/// </summary>
public static class FleissKappa
{
    /// <summary>Kappa from counts.</summary>
    /// <param name="counts">
    /// [items, categories]: how many raters put the item in the category. Empty columns count in Randolph's 1/k.
    /// </param>
    /// <param name="confidence">Coverage of the intervals.</param>
    /// <exception cref="ArgumentException">A negative count.</exception>
    public static FleissKappaResult FromCounts(int[,] counts, double confidence = 0.95)
    {
        var (items, categories) = (counts.GetLength(0), counts.GetLength(1));
        if (items == 0 || categories == 0)
        {
            return Undefined("there is no item", categories);
        }

        var (raters, totals, agreements, problem) = Scan(counts);
        if (problem is not null)
        {
            return Undefined(problem, categories);
        }

        var shares = totals.Select(t => t / ((double)items * raters)).ToArray();
        var observed = agreements.Average();
        var expected = shares.Sum(p => p * p);
        var kappa = 1 - expected <= 1e-15
            ? Statistic.Undefined("all ratings lie in one category, so that agreement by chance is already 1")
            : Jackknifed(counts, agreements, totals, observed, expected, raters, confidence);
        var nullError = NullError(shares, items, raters);
        return new(
            kappa,
            RandolphOf(agreements, observed, categories, confidence),
            [.. Enumerable.Range(0, categories).Select(j => CategoryKappa(counts, j, shares[j], raters))],
            shares,
            observed,
            expected,
            nullError,
            Statistic.Of(Math.Sqrt(2.0 / ((double)items * raters * (raters - 1)))),
            kappa.IsDefined && nullError.IsDefined ? Statistic.Of(kappa.Value.Value / nullError.Value.Value) : Statistic.Undefined(
                (kappa.UndefinedReason ?? nullError.UndefinedReason)!));
    }

    /// <summary>Kappa of an answer table; every item needs the same number of answers.</summary>
    public static FleissKappaResult FromAnswers(LabelTable answers, double confidence = 0.95) =>
        FromCounts(answers.CountsByItem(), confidence);

    private static (int Raters, long[] Totals, double[] Agreements, string? Problem) Scan(int[,] counts)
    {
        var (items, categories) = (counts.GetLength(0), counts.GetLength(1));
        var (totals, agreements, raters) = (new long[categories], new double[items], -1);
        for (var i = 0; i < items; i++)
        {
            long sum = 0, squares = 0;
            for (var j = 0; j < categories; j++)
            {
                Check.Count(counts[i, j], nameof(counts));
                sum += counts[i, j];
                squares += (long)counts[i, j] * counts[i, j];
                totals[j] += counts[i, j];
            }

            if (raters >= 0 && sum != raters)
            {
                return (0, totals, agreements,
                    $"the items have unequal numbers of raters (item 0 has {raters}, item {i} has {sum}); use Krippendorff's alpha");
            }

            raters = (int)sum;
            agreements[i] = (double)(squares - sum) / (sum * (sum - 1));
        }

        return (raters, totals, agreements, raters < 2 ? "no item has two raters" : null);
    }

    /// <summary>Deletes one item at a time; the pooled shares move with it.</summary>
    private static Statistic Jackknifed(
        int[,] counts, double[] agreements, long[] totals, double observed, double expected, int raters, double confidence)
    {
        var kappa = (observed - expected) / (1 - expected);
        int items = agreements.Length, categories = totals.Length;
        if (items < 2)
        {
            return Statistic.Of(kappa);
        }

        var deleted = new double[items];
        var ratings = (double)(items - 1) * raters;
        for (var i = 0; i < items; i++)
        {
            var chance = 0.0;
            for (var j = 0; j < categories; j++)
            {
                var share = (totals[j] - counts[i, j]) / ratings;
                chance += share * share;
            }

            if (1 - chance <= 1e-15)
            {
                return Statistic.Of(kappa);
            }

            deleted[i] = ((((observed * items) - agreements[i]) / (items - 1)) - chance) / (1 - chance);
        }

        return Statistic.Wald(kappa, Jackknife.StandardError(deleted), confidence, "jackknife over items");
    }

    private static Statistic RandolphOf(double[] agreements, double observed, int categories, double confidence)
    {
        if (categories < 2)
        {
            return Statistic.Undefined("there is only one category to choose from");
        }

        var chance = 1.0 / categories;
        var kappa = (observed - chance) / (1 - chance);
        if (agreements.Length < 2)
        {
            return Statistic.Of(kappa);
        }

        // Linear in the mean agreement, so that the jackknife is the ordinary standard error of a mean.
        var spread = agreements.Sum(a => (a - observed) * (a - observed)) / (agreements.Length - 1.0) / agreements.Length;
        return Statistic.Wald(kappa, Math.Sqrt(spread) / (1 - chance), confidence, "jackknife over items");
    }

    private static Statistic CategoryKappa(int[,] counts, int category, double share, int raters)
    {
        var chance = share * (1 - share);
        if (chance <= 0)
        {
            return Statistic.Undefined(share == 0 ? "nobody used the category" : "every rating lies in the category");
        }

        var items = counts.GetLength(0);
        double disagreeing = 0;
        for (var i = 0; i < items; i++)
        {
            disagreeing += (double)counts[i, category] * (raters - counts[i, category]);
        }

        return Statistic.Of(1 - (disagreeing / (items * (double)raters * (raters - 1) * chance)));
    }

    private static Statistic NullError(double[] shares, int items, int raters)
    {
        var spread = shares.Sum(p => p * (1 - p));
        if (spread <= 0)
        {
            return Statistic.Undefined("all ratings lie in one category");
        }

        var inner = (spread * spread) - shares.Sum(p => p * (1 - p) * (1 - (2 * p)));
        return Statistic.Of(Math.Sqrt(2 * Math.Max(0, inner) / ((double)items * raters * (raters - 1))) / spread);
    }

    private static FleissKappaResult Undefined(string reason, int categories)
    {
        var undefined = Statistic.Undefined(reason);
        return new(undefined, undefined, [.. Enumerable.Repeat(undefined, categories)], [], null, null, undefined, undefined, undefined);
    }
}
