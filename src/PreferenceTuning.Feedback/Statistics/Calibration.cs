namespace PreferenceTuning.Feedback.Statistics;

/// <summary>One bin of predictions.</summary>
/// <param name="Count">Number of predictions.</param>
/// <param name="MeanPredicted">Their mean; null in an empty bin.</param>
/// <param name="ShareTrue">Share that came true; null in an empty bin.</param>
public sealed record CalibrationBin(int Count, double? MeanPredicted, double? ShareTrue);

/// <summary>Predictions against outcomes, by bin.</summary>
/// <param name="Edges">Bin edges, one more than bins.</param>
/// <param name="Bins">The bins, empty ones included.</param>
/// <param name="ExpectedError">ECE: mean of |share true - mean predicted|, weighted by count.</param>
/// <param name="LargestError">MCE: the largest of these.</param>
public sealed record CalibrationResult(
    IReadOnlyList<double> Edges, IReadOnlyList<CalibrationBin> Bins, Statistic ExpectedError, Statistic LargestError);

/// <summary>A temperature and what it does to the mean negative log-likelihood (nats).</summary>
/// <param name="Temperature">What margins are to be divided by; undefined where no finite one is best.</param>
/// <param name="LossBefore">Loss at temperature 1.</param>
/// <param name="LossAfter">Loss at the temperature; null where undefined.</param>
public sealed record TemperatureResult(Statistic Temperature, double LossBefore, double? LossAfter);

/// <summary>
/// Whether probabilities mean what they say. Reliability and expected calibration error: Naeini, Cooper and Hauskrecht 2015, AAAI;
/// temperature: Guo et al. 2017, arXiv:1706.04599; Brier 1950.
/// </summary>
public static class Calibration
{
    /// <summary>Bins of equal width; a prediction on an inner edge belongs to the lower bin (as in scikit-learn).</summary>
    /// <param name="predicted">Probabilities from 0 to 1.</param>
    /// <param name="came">What came true.</param>
    /// <param name="bins">Number of bins.</param>
    public static CalibrationResult UniformBins(ReadOnlySpan<double> predicted, ReadOnlySpan<bool> came, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        return Binned(predicted, came, [.. Enumerable.Range(0, bins + 1).Select(i => i == bins ? 1 : i * (1.0 / bins))]);
    }

    /// <summary>Bins between quantiles of the predictions.</summary>
    /// <inheritdoc cref="UniformBins"/>
    public static CalibrationResult QuantileBins(ReadOnlySpan<double> predicted, ReadOnlySpan<bool> came, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        var sorted = predicted.ToArray();
        Array.Sort(sorted);
        return Binned(predicted, came, sorted.Length == 0
            ? new double[bins + 1]
            : [.. Enumerable.Range(0, bins + 1).Select(i => Quantiles.OfSorted(sorted, Math.Min(1, i * (1.0 / bins))))]);
    }

    /// <summary>Mean squared distance of prediction and outcome.</summary>
    public static Statistic Brier(ReadOnlySpan<double> predicted, ReadOnlySpan<bool> came)
    {
        CheckPredictions(predicted, came);
        var sum = 0.0;
        for (var i = 0; i < predicted.Length; i++)
        {
            sum += Math.Pow(predicted[i] - (came[i] ? 1 : 0), 2);
        }

        return predicted.Length == 0 ? Statistic.Undefined("there is no prediction") : Statistic.Of(sum / predicted.Length);
    }

    /// <summary>Mean negative log-likelihood, nats; undefined (infinite) where something with probability 0 came true.</summary>
    public static Statistic LogLoss(ReadOnlySpan<double> predicted, ReadOnlySpan<bool> came)
    {
        CheckPredictions(predicted, came);
        var sum = 0.0;
        for (var i = 0; i < predicted.Length; i++)
        {
            sum -= Math.Log(came[i] ? predicted[i] : 1 - predicted[i]);
        }

        return predicted.Length == 0 ? Statistic.Undefined("there is no prediction")
            : double.IsInfinity(sum) ? Statistic.Undefined("an outcome had probability 0, so that the loss is infinite")
            : Statistic.Of(sum / predicted.Length);
    }

    /// <summary>The temperature of margins: minimises the mean of <c>-log σ(±margin / T)</c>.</summary>
    /// <param name="margins">Score differences, e.g. reward of the first minus reward of the second.</param>
    /// <param name="came">Whether the first won.</param>
    public static TemperatureResult Temperature(ReadOnlySpan<double> margins, ReadOnlySpan<bool> came)
    {
        Check.SameLength(margins.Length, came.Length, nameof(margins), nameof(came));
        Check.Finite(margins, nameof(margins));
        var signed = new double[margins.Length];
        for (var i = 0; i < signed.Length; i++)
        {
            signed[i] = came[i] ? margins[i] : -margins[i];
        }

        return Fit(
            b => -signed.Average(m => Logistic.Log(b * m)),
            b => -signed.Average(m => m * Logistic.Of(-b * m)),
            signed.Any(m => m < 0),
            signed.Length);
    }

    /// <summary>The temperature of logits: minimises the mean of <c>-log softmax(logits / T)[label]</c>.</summary>
    /// <param name="logits">[cases, labels].</param>
    /// <param name="labels">The true label of each case.</param>
    public static TemperatureResult Temperature(double[,] logits, IReadOnlyList<int> labels)
    {
        var rows = Rows(logits, labels);
        return Fit(
            b => rows.Select((row, i) => LogSum(row, b) - (b * row[labels[i]])).Average(),
            b => rows.Select((row, i) => Softmax(row, b).Zip(row, (p, z) => p * z).Sum() - row[labels[i]]).Average(),
            rows.Where((row, i) => row.Max() > row[labels[i]]).Any(),
            rows.Length);
    }

    /// <summary>ECE of the probability of the most probable label; bins of equal width, a value on an edge in the upper one.</summary>
    /// <param name="logits">[cases, labels].</param>
    /// <param name="labels">The true label of each case.</param>
    /// <param name="bins">Number of bins.</param>
    public static Statistic TopLabelError(double[,] logits, IReadOnlyList<int> labels, int bins)
    {
        var (counts, sums, hits) = (new int[bins], new double[bins], new int[bins]);
        foreach (var (row, i) in Rows(logits, labels).Select((row, i) => (row, i)))
        {
            var probabilities = Softmax(row, 1);
            var best = Array.IndexOf(probabilities, probabilities.Max());
            var bin = Math.Min(bins - 1, (int)(probabilities[best] * bins));
            counts[bin]++;
            sums[bin] += probabilities[best];
            hits[bin] += best == labels[i] ? 1 : 0;
        }

        return labels.Count == 0
            ? Statistic.Undefined("there is no prediction")
            : Statistic.Of(Enumerable.Range(0, bins).Sum(b => Math.Abs(hits[b] - sums[b])) / labels.Count);
    }

    private static CalibrationResult Binned(ReadOnlySpan<double> predicted, ReadOnlySpan<bool> came, double[] edges)
    {
        CheckPredictions(predicted, came);
        var bins = edges.Length - 1;
        var (counts, sums, hits) = (new int[bins], new double[bins], new int[bins]);
        for (var i = 0; i < predicted.Length; i++)
        {
            var bin = 0;
            while (bin < bins - 1 && predicted[i] > edges[bin + 1])
            {
                bin++;
            }

            counts[bin]++;
            sums[bin] += predicted[i];
            hits[bin] += came[i] ? 1 : 0;
        }

        var list = counts.Select((n, b) => n == 0 ? new CalibrationBin(0, null, null) : new(n, sums[b] / n, (double)hits[b] / n)).ToArray();
        var gaps = list.Where(b => b.Count > 0)
            .Select(b => (b.Count, Gap: Math.Abs(b.ShareTrue!.Value - b.MeanPredicted!.Value))).ToArray();
        var none = Statistic.Undefined("there is no prediction");
        return new(
            edges, list,
            gaps.Length == 0 ? none : Statistic.Of(gaps.Sum(g => g.Count * g.Gap) / gaps.Sum(g => g.Count)),
            gaps.Length == 0 ? none : Statistic.Of(gaps.Max(g => g.Gap)));
    }

    private static void CheckPredictions(ReadOnlySpan<double> predicted, ReadOnlySpan<bool> came)
    {
        Check.SameLength(predicted.Length, came.Length, nameof(predicted), nameof(came));
        foreach (var p in predicted)
        {
            if (!(p is >= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(predicted), p, "'predicted' must hold probabilities from 0 to 1.");
            }
        }
    }

    /// <summary>The loss is convex in b = 1/T: bisection on its slope.</summary>
    private static TemperatureResult Fit(Func<double, double> loss, Func<double, double> slope, bool anyWrong, int cases)
    {
        if (cases == 0)
        {
            throw new ArgumentException("There is no case to fit a temperature to.");
        }

        var before = loss(1);
        if (slope(0) >= 0)
        {
            return new(Statistic.Undefined("the scores do not point to the outcomes, so that no finite temperature is best"), before, null);
        }

        if (!anyWrong)
        {
            return new(Statistic.Undefined("the scores separate the outcomes, so that the best temperature is 0"), before, null);
        }

        var (low, high) = (0.0, 1.0);
        while (slope(high) < 0)
        {
            (low, high) = (high, 2 * high);
            if (high > 1e12)
            {
                return new(Statistic.Undefined("the best temperature is below 1e-12, where numbers end"), before, null);
            }
        }

        for (var round = 0; round < 200 && high - low > 1e-15 * high; round++)
        {
            var middle = (low + high) / 2;
            (low, high) = slope(middle) < 0 ? (middle, high) : (low, middle);
        }

        var inverse = (low + high) / 2;
        return new(Statistic.Of(1 / inverse), before, loss(inverse));
    }

    private static double[][] Rows(double[,] logits, IReadOnlyList<int> labels)
    {
        Check.SameLength(logits.GetLength(0), labels.Count, nameof(logits), nameof(labels));
        var rows = new double[labels.Count][];
        for (var i = 0; i < rows.Length; i++)
        {
            Check.Index(labels[i], logits.GetLength(1), nameof(labels), i);
            rows[i] = [.. Enumerable.Range(0, logits.GetLength(1)).Select(j => logits[i, j])];
            Check.Finite(rows[i], nameof(logits));
        }

        return rows;
    }

    private static double LogSum(double[] row, double inverse)
    {
        var top = row.Max(z => z * inverse);
        return top + Math.Log(row.Sum(z => Math.Exp((z * inverse) - top)));
    }

    private static double[] Softmax(double[] row, double inverse)
    {
        var logSum = LogSum(row, inverse);
        return Array.ConvertAll(row, z => Math.Exp((z * inverse) - logSum));
    }
}
