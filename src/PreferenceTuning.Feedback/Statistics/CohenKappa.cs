namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Cohen's kappa of two raters and the numbers around it.</summary>
/// <param name="Kappa">Kappa with its Wald interval; undefined where the expected disagreement is 0.</param>
/// <param name="NullStandardError">Standard error under kappa = 0; null where kappa is undefined.</param>
/// <param name="Z">Kappa over its null standard error; undefined where that is 0.</param>
/// <param name="PValueTwoSided">Two-sided p of kappa = 0.</param>
/// <param name="PValueGreater">p of kappa = 0 against kappa &gt; 0.</param>
/// <param name="ObservedAgreement">Share of items on which both said the same; null without items.</param>
/// <param name="ExpectedAgreement">The same under independence with both raters' marginals; null without items.</param>
/// <param name="Maximum">Largest unweighted kappa that the marginals allow; undefined with kappa.</param>
/// <param name="Items">Number of items that both rated.</param>
public sealed record CohenKappaResult(
    Statistic Kappa,
    double? NullStandardError,
    Statistic Z,
    Statistic PValueTwoSided,
    Statistic PValueGreater,
    double? ObservedAgreement,
    double? ExpectedAgreement,
    Statistic Maximum,
    double Items);

/// <summary>Kappa of one pair of annotators.</summary>
/// <param name="First">Index of the first annotator.</param>
/// <param name="Second">Index of the second annotator, larger than the first.</param>
/// <param name="Result">Kappa over the items that both answered.</param>
public sealed record AnnotatorPairKappa(int First, int Second, CohenKappaResult Result);

/// <summary>
/// Chance-corrected agreement of two raters, <c>(p_o - p_e) / (1 - p_e)</c>, weighted <c>1 - Σ w o / Σ w e</c>.
/// Cohen 1960 and 1968; standard errors Fleiss, Cohen and Everitt 1969, Psychological Bulletin 72(5).
/// </summary>
public static class CohenKappa
{
    /// <summary>Kappa from a table.</summary>
    /// <param name="table">[k, k]: number of items that rater 1 put in category i and rater 2 in category j.</param>
    /// <param name="disagreementWeights">[k, k], see <see cref="DisagreementWeights"/>; null for the unweighted kappa.</param>
    /// <param name="confidence">Coverage of the interval, 0.95.</param>
    /// <exception cref="ArgumentException">Not square, negative counts, or weights of another shape or sign.</exception>
    public static CohenKappaResult FromTable(double[,] table, double[,]? disagreementWeights = null, double confidence = 0.95)
    {
        Check.Square(table, nameof(table));
        var k = table.GetLength(0);
        var weights = AgreementWeights(disagreementWeights ?? DisagreementWeights.Nominal(k), k);
        var total = 0.0;
        foreach (var count in table)
        {
            Check.Count(count, nameof(table));
            total += count;
        }

        if (total == 0)
        {
            return Undefined("the two raters share no item", 0, null, null);
        }

        var shares = Shares.Of(table, total);
        if (1 - shares.ExpectedAgreement <= 1e-15 || 1 - shares.Expected(weights) <= 1e-15)
        {
            return Undefined(
                "both raters used one and the same category throughout, so that agreement by chance is already 1",
                total, shares.ObservedAgreement, shares.ExpectedAgreement);
        }

        return Estimate(shares, weights, total, confidence);
    }

    /// <summary>Kappa from two lists of categories.</summary>
    /// <param name="first">Rater 1, category 0..categories-1 per item; -1 = missing.</param>
    /// <param name="second">Rater 2, the same items in the same order.</param>
    /// <param name="categories">Number of categories.</param>
    /// <param name="disagreementWeights">See <see cref="FromTable"/>.</param>
    /// <param name="confidence">Coverage of the interval.</param>
    public static CohenKappaResult FromRatings(
        ReadOnlySpan<int> first, ReadOnlySpan<int> second, int categories, double[,]? disagreementWeights = null, double confidence = 0.95)
    {
        Check.SameLength(first.Length, second.Length, nameof(first), nameof(second));
        var table = new double[categories, categories];
        for (var i = 0; i < first.Length; i++)
        {
            if (first[i] < 0 || second[i] < 0)
            {
                continue;
            }

            Check.Index(first[i], categories, nameof(first), i);
            Check.Index(second[i], categories, nameof(second), i);
            table[first[i], second[i]]++;
        }

        return FromTable(table, disagreementWeights, confidence);
    }

    /// <summary>Kappa of every pair of annotators that shares at least one item, by index.</summary>
    /// <param name="answers">The answers; two answers of one annotator to one item are not compared with each other.</param>
    /// <param name="disagreementWeights">See <see cref="FromTable"/>.</param>
    /// <param name="confidence">Coverage of the intervals.</param>
    public static IReadOnlyList<AnnotatorPairKappa> OfAllPairs(
        LabelTable answers, double[,]? disagreementWeights = null, double confidence = 0.95)
    {
        var tables = new Dictionary<long, double[,]>();
        for (var item = 0; item < answers.ItemCount; item++)
        {
            var who = answers.AnnotatorsOf(item);
            var what = answers.LabelsOf(item);
            for (var a = 0; a < who.Length; a++)
            {
                for (var b = a + 1; b < who.Length; b++)
                {
                    if (who[a] != who[b])
                    {
                        var (first, second) = who[a] < who[b] ? (a, b) : (b, a);
                        TableOf(tables, who[first], who[second], answers)[what[first], what[second]]++;
                    }
                }
            }
        }

        return [.. tables.OrderBy(pair => pair.Key).Select(pair => new AnnotatorPairKappa(
            (int)(pair.Key / answers.AnnotatorCount), (int)(pair.Key % answers.AnnotatorCount),
            FromTable(pair.Value, disagreementWeights, confidence)))];
    }

    private static double[,] TableOf(Dictionary<long, double[,]> tables, int first, int second, LabelTable answers)
    {
        var key = ((long)first * answers.AnnotatorCount) + second;
        if (!tables.TryGetValue(key, out var table))
        {
            tables[key] = table = new double[answers.LabelCount, answers.LabelCount];
        }

        return table;
    }

    private static CohenKappaResult Estimate(Shares shares, double[,] weights, double total, double confidence)
    {
        var (observed, expected) = (shares.Observed(weights), shares.Expected(weights));
        var kappa = (observed - expected) / (1 - expected);
        var scale = (1 - expected) * Math.Sqrt(total);

        // Both variances are those of x = w - (row mean + column mean) * f around its mean, which is how they are summed here:
        // the published difference of squares cancels to a small negative number where the truth is 0.
        var standardError = Math.Sqrt(shares.Variance(weights, 1 - kappa, shares.Joint)) / scale;
        var nullStandardError = Math.Sqrt(shares.Variance(weights, 1, shares.Independent)) / scale;
        var noTest = Statistic.Undefined("one of the raters always gave the same answer, so that kappa cannot vary");
        var testable = nullStandardError > 1e-7;
        var z = testable ? kappa / nullStandardError : 0;
        return new(
            Statistic.Wald(kappa, standardError, confidence),
            nullStandardError,
            testable ? Statistic.Of(z) : noTest,
            testable ? Statistic.Of(Distributions.NormalTwoSided(z)) : noTest,
            testable ? Statistic.Of(Distributions.NormalUpper(z)) : noTest,
            shares.ObservedAgreement,
            shares.ExpectedAgreement,
            Statistic.Of((shares.LargestAgreement - shares.ExpectedAgreement) / (1 - shares.ExpectedAgreement)),
            total);
    }

    private static CohenKappaResult Undefined(string reason, double total, double? observed, double? expected)
    {
        var undefined = Statistic.Undefined(reason);
        return new(undefined, null, undefined, undefined, undefined, observed, expected, undefined, total);
    }

    private static double[,] AgreementWeights(double[,] disagreement, int k)
    {
        if (disagreement.GetLength(0) != k || disagreement.GetLength(1) != k)
        {
            throw new ArgumentException(
                $"'disagreementWeights' is {disagreement.GetLength(0)} x {disagreement.GetLength(1)} but the table is {k} x {k}.",
                nameof(disagreement));
        }

        var largest = 0.0;
        foreach (var weight in disagreement)
        {
            Check.Count(weight, nameof(disagreement));
            largest = Math.Max(largest, weight);
        }

        var agreement = new double[k, k];
        for (var i = 0; i < k; i++)
        {
            for (var j = 0; j < k; j++)
            {
                agreement[i, j] = largest == 0 ? 1 : 1 - (disagreement[i, j] / largest);
            }
        }

        return agreement;
    }

    /// <summary>The table as shares, with its marginals.</summary>
    private sealed record Shares(double[,] Table, double[] Rows, double[] Columns)
    {
        public double ObservedAgreement => Enumerable.Range(0, Rows.Length).Sum(i => Table[i, i]);

        public double ExpectedAgreement => Enumerable.Range(0, Rows.Length).Sum(i => Rows[i] * Columns[i]);

        public double LargestAgreement => Enumerable.Range(0, Rows.Length).Sum(i => Math.Min(Rows[i], Columns[i]));

        public static Shares Of(double[,] table, double total)
        {
            var k = table.GetLength(0);
            var (shares, rows, columns) = (new double[k, k], new double[k], new double[k]);
            for (var i = 0; i < k; i++)
            {
                for (var j = 0; j < k; j++)
                {
                    shares[i, j] = table[i, j] / total;
                    rows[i] += table[i, j];
                    columns[j] += table[i, j];
                }
            }

            return new(shares, [.. rows.Select(r => r / total)], [.. columns.Select(c => c / total)]);
        }

        public double Joint(int i, int j) => Table[i, j];

        public double Independent(int i, int j) => Rows[i] * Columns[j];

        public double Observed(double[,] weights) => Sum((i, j) => weights[i, j] * Table[i, j]);

        public double Expected(double[,] weights) => Sum((i, j) => weights[i, j] * Rows[i] * Columns[j]);

        public double Variance(double[,] weights, double factor, Func<int, int, double> probability)
        {
            var k = Rows.Length;
            var (rowMeans, columnMeans) = (new double[k], new double[k]);
            for (var i = 0; i < k; i++)
            {
                for (var j = 0; j < k; j++)
                {
                    rowMeans[i] += weights[i, j] * Columns[j];
                    columnMeans[j] += weights[i, j] * Rows[i];
                }
            }

            double X(int i, int j) => weights[i, j] - ((rowMeans[i] + columnMeans[j]) * factor);
            var mean = Sum((i, j) => probability(i, j) * X(i, j));
            return Sum((i, j) => probability(i, j) * Math.Pow(X(i, j) - mean, 2));
        }

        private double Sum(Func<int, int, double> term)
        {
            var sum = 0.0;
            for (var i = 0; i < Rows.Length; i++)
            {
                for (var j = 0; j < Rows.Length; j++)
                {
                    sum += term(i, j);
                }
            }

            return sum;
        }
    }
}
