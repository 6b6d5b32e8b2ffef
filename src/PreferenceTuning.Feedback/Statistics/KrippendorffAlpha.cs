namespace PreferenceTuning.Feedback.Statistics;

/// <summary>What the differences between values mean.</summary>
public enum MeasurementLevel
{
    /// <summary>Equal or not.</summary>
    Nominal,

    /// <summary>Only the order of the values counts.</summary>
    Ordinal,

    /// <summary>Differences count.</summary>
    Interval,

    /// <summary>Differences relative to size count; 0 against 0, and c against -c, count as no difference (as the krippendorff package does).</summary>
    Ratio,
}

/// <summary>
/// Krippendorff's alpha <c>1 - D_o / D_e</c> for any number of raters, missing values and four levels of measurement.
/// Krippendorff 2011, Computing Krippendorff's Alpha-Reliability; 2018, Content Analysis, chapter 12.
/// </summary>
/// <remarks>
/// No coincidence matrix is built: <c>D_o = Σ_u (1/(m_u - 1)) Σ_{pairs} δ² / n</c> and
/// <c>D_e = Σ_c Σ_k n_c n_k δ² / (n (n - 1))</c> need memory for the values only. The interval is the delete-one jackknife over
/// units, for the ordinal level with the value ranks held fixed.
/// </remarks>
public static class KrippendorffAlpha
{
    /// <summary>Alpha with a jackknife interval over units.</summary>
    /// <param name="table">The values; units with fewer than two are left out, as the definition demands.</param>
    /// <param name="level">The level of measurement.</param>
    /// <param name="confidence">Coverage of the interval.</param>
    public static Statistic Compute(ValueTable table, MeasurementLevel level, double confidence = 0.95)
    {
        var values = PairableValues(table);
        if (values.Length == 0)
        {
            return Statistic.Undefined("no unit has values from two raters");
        }

        var domain = values.Distinct().Order().ToArray();
        if (domain.Length < 2)
        {
            return Statistic.Undefined("only one value occurs, so that there is no disagreement to expect");
        }

        var counts = new double[domain.Length];
        foreach (var value in values)
        {
            counts[Array.BinarySearch(domain, value)]++;
        }

        return Estimate(table, new Metric(level, domain, counts), values.Length, confidence);
    }

    /// <summary>Alpha with an interval from a cluster bootstrap, e.g. when several units belong to one prompt.</summary>
    /// <param name="table">The values.</param>
    /// <param name="clusters">Cluster (prompt) of each unit, 0..clusterCount-1.</param>
    /// <param name="clusterCount">Number of clusters.</param>
    /// <param name="level">The level of measurement.</param>
    /// <param name="options">Number of resamples, seed and coverage.</param>
    public static Statistic ComputeClustered(
        ValueTable table, ReadOnlySpan<int> clusters, int clusterCount, MeasurementLevel level, BootstrapOptions options)
    {
        Check.SameLength(table.UnitCount, clusters.Length, nameof(table), nameof(clusters));
        var whole = Compute(table, level);
        if (!whole.IsDefined)
        {
            return whole;
        }

        var members = ClusterBootstrap.Members(clusters, clusterCount);
        return ClusterBootstrap.Percentile(clusterCount, drawn => Resampled(table, members, drawn, level), options);
    }

    private static double? Resampled(ValueTable table, int[][] members, ReadOnlySpan<int> drawn, MeasurementLevel level)
    {
        var (units, values, unit) = (new List<int>(), new List<double>(), 0);
        foreach (var cluster in drawn)
        {
            foreach (var member in members[cluster])
            {
                foreach (var value in table.ValuesOf(member))
                {
                    units.Add(unit);
                    values.Add(value);
                }

                unit++;
            }
        }

        return Compute(ValueTable.FromPairs(units.ToArray(), values.ToArray(), unit), level).Value;
    }

    private static Statistic Estimate(ValueTable table, Metric metric, int n, double confidence)
    {
        var (observed, pairable) = (0.0, 0);
        for (var u = 0; u < table.UnitCount; u++)
        {
            var given = table.ValuesOf(u);
            if (given.Length >= 2)
            {
                pairable++;
                observed += metric.Within(given) / (given.Length - 1);
            }
        }

        var expected = metric.Expected;
        if (expected <= 0)
        {
            return Statistic.Undefined("the values do not differ on this level of measurement, so that there is no disagreement to expect");
        }

        var alpha = 1 - ((n - 1) * observed / expected);
        if (pairable < 2)
        {
            return Statistic.Of(alpha);
        }

        var deleted = new List<double>(pairable);
        for (var u = 0; u < table.UnitCount; u++)
        {
            var given = table.ValuesOf(u);
            if (given.Length >= 2)
            {
                var within = metric.Within(given);
                var remaining = expected - (2 * metric.Against(given)) + within;
                if (remaining <= 1e-12 * expected)
                {
                    return Statistic.Of(alpha);
                }

                deleted.Add(1 - ((n - given.Length - 1) * (observed - (within / (given.Length - 1))) / remaining));
            }
        }

        return Statistic.Wald(alpha, Jackknife.StandardError(deleted.ToArray()), confidence, "jackknife over units");
    }

    private static double[] PairableValues(ValueTable table)
    {
        var values = new List<double>();
        for (var u = 0; u < table.UnitCount; u++)
        {
            var given = table.ValuesOf(u);
            if (given.Length >= 2)
            {
                values.AddRange(given);
            }
        }

        return [.. values];
    }

    /// <summary>Squared differences on one level, over the values that occur.</summary>
    private sealed class Metric
    {
        private readonly MeasurementLevel _level;
        private readonly double[] _domain;
        private readonly double[] _scores;
        private readonly double[] _against;

        public Metric(MeasurementLevel level, double[] domain, double[] counts)
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
}
