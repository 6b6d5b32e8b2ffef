namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Squared differences on one level, over the values that occur.</summary>
internal sealed class DifferenceMetric
{
    private readonly MeasurementLevel _level;
    private readonly double[] _domain;
    private readonly double[] _scores;
    private readonly double[] _against;

    public DifferenceMetric(MeasurementLevel level, double[] domain, double[] counts)
    {
        (_level, _domain) = (level, domain);
        _scores = level == MeasurementLevel.Ordinal ? MidRanks(counts) : domain;
        _against = Sums(counts);
        for (var c = 0; c < domain.Length; c++)
        {
            Expected += counts[c] * _against[c];
        }
    }

    /// <summary><c>Σ_c Σ_k n_c n_k δ²</c> over ordered pairs.</summary>
    public double Expected { get; }

    /// <summary>Sum of squared differences over the ordered pairs inside a unit.</summary>
    public double Within(ReadOnlySpan<double> given)
    {
        var sum = 0.0;
        for (var a = 0; a < given.Length; a++)
        {
            for (var b = a + 1; b < given.Length; b++)
            {
                sum += given[a] == given[b] ? 0 : Squared(IndexOf(given[a]), IndexOf(given[b]));
            }
        }

        return 2 * sum;
    }

    /// <summary>Sum of squared differences between the values of a unit and all pairable values.</summary>
    public double Against(ReadOnlySpan<double> given)
    {
        var sum = 0.0;
        foreach (var value in given)
        {
            sum += _against[IndexOf(value)];
        }

        return sum;
    }

    public double Squared(double a, double b) => Squared(IndexOf(a), IndexOf(b));

    private int IndexOf(double value) => Array.BinarySearch(_domain, value);

    private double Squared(int c, int k)
    {
        if (_level == MeasurementLevel.Nominal)
        {
            return c == k ? 0 : 1;
        }

        var difference = _scores[c] - _scores[k];
        if (_level != MeasurementLevel.Ratio)
        {
            return difference * difference;
        }

        var total = _scores[c] + _scores[k];
        return total == 0 ? 0 : difference / total * (difference / total);
    }

    /// <summary>The ordinal metric is the interval metric on <c>Σ_{g &lt; c} n_g + n_c / 2</c>.</summary>
    private static double[] MidRanks(double[] counts)
    {
        var (ranks, below) = (new double[counts.Length], 0.0);
        for (var c = 0; c < counts.Length; c++)
        {
            ranks[c] = below + (counts[c] / 2);
            below += counts[c];
        }

        return ranks;
    }

    private double[] Sums(double[] counts)
    {
        var (sums, n) = (new double[counts.Length], counts.Sum());
        if (_level == MeasurementLevel.Ratio)
        {
            for (var c = 0; c < sums.Length; c++)
            {
                for (var k = 0; k < sums.Length; k++)
                {
                    sums[c] += counts[k] * Squared(c, k);
                }
            }

            return sums;
        }

        // Closed forms instead of a double sum: real-valued data may have as many different values as judgements.
        var mean = Enumerable.Range(0, sums.Length).Sum(c => counts[c] * _scores[c]) / n;
        var spread = Enumerable.Range(0, sums.Length).Sum(c => counts[c] * (_scores[c] - mean) * (_scores[c] - mean));
        for (var c = 0; c < sums.Length; c++)
        {
            sums[c] = _level == MeasurementLevel.Nominal ? n - counts[c] : (n * (_scores[c] - mean) * (_scores[c] - mean)) + spread;
        }

        return sums;
    }
}
