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

    /// <summary>
    /// Differences relative to size count; 0 against 0, and c against -c, count as no difference (as the krippendorff package does).
    /// </summary>
    Ratio,
}

/// <summary>
/// Krippendorff's alpha <c>1 - D_o / D_e</c> for any number of raters, missing values and four levels of measurement.
/// Krippendorff 2011, Computing Krippendorff's Alpha-Reliability; 2018, Content Analysis, chapter 12.
/// </summary>
/// <remarks>
/// No coincidence matrix is built: <c>D_o = Σ_u (1/(m_u - 1)) Σ_{pairs} δ² / n</c> and
/// <c>D_e = Σ_c Σ_k n_c n_k δ² / (n (n - 1))</c> need memory for the values only. The interval is the delete-one jackknife over
/// units, for the ordinal level with the value ranks held fixed, cut off at 1; there is none where leaving out changes nothing.
/// </remarks>
public static class KrippendorffAlpha
{
    /// <summary>Alpha with a jackknife interval over units, or over clusters of units (prompts) that are not independent.</summary>
    /// <param name="table">The values; units with fewer than two are left out, as the definition demands.</param>
    /// <param name="level">The level of measurement.</param>
    /// <param name="confidence">Coverage of the interval.</param>
    /// <param name="clusters">
    /// Cluster of each unit, 0 and up: the jackknife leaves out one cluster at a time. Null leaves out one unit at a time.
    /// </param>
    public static Statistic Compute(
        ValueTable table, MeasurementLevel level, double confidence = 0.95, IReadOnlyList<int>? clusters = null)
    {
        if (clusters is not null)
        {
            Check.SameLength(table.UnitCount, clusters.Count, nameof(table), nameof(clusters));
        }

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

        return Estimate(table, new DifferenceMetric(level, domain, counts), values.Length, clusters, confidence);
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

    private static Statistic Estimate(ValueTable table, DifferenceMetric metric, int n, IReadOnlyList<int>? clusters, double confidence)
    {
        var expected = metric.Expected;
        if (expected <= 0)
        {
            return Statistic.Undefined("the values do not differ on this level of measurement, so that there is no disagreement to expect");
        }

        var units = Enumerable.Range(0, table.UnitCount)
            .Where(u => table.ValuesOf(u).Length >= 2).OrderBy(u => clusters?[u] ?? u).ToArray();
        var observed = units.Sum(u => metric.Within(table.ValuesOf(u)) / (table.ValuesOf(u).Length - 1));
        var alpha = 1 - ((n - 1) * observed / expected);
        var (deleted, part) = (new List<double>(), new Part());
        for (var i = 0; i < units.Length; i++)
        {
            part.Add(metric, table.ValuesOf(units[i]));
            if (i + 1 < units.Length && clusters is not null && clusters[units[i]] == clusters[units[i + 1]])
            {
                continue;
            }

            var remaining = expected - (2 * part.Against) + part.Inside(metric);
            if (remaining <= 1e-12 * expected)
            {
                // Without this part nothing differs: alpha has no jackknife, and so no interval.
                return Statistic.Of(alpha);
            }

            deleted.Add(1 - ((n - part.Count - 1) * (observed - part.Observed) / remaining));
            part.Clear();
        }

        // Where all agree no part differs from another: that says nothing about how sure the value is.
        var error = deleted.Count < 2 ? 0 : Jackknife.StandardError(deleted.ToArray());
        if (error <= 1e-12)
        {
            return Statistic.Of(alpha);
        }

        var reach = Distributions.TwoSidedNormalQuantile(confidence) * error;
        return Statistic.WithInterval(
            alpha, alpha - reach, Math.Min(1, alpha + reach), confidence,
            clusters is null ? "jackknife over units" : "jackknife over clusters", error);
    }

    /// <summary>The units of one cluster: what leaves the sums when the cluster does.</summary>
    private sealed class Part
    {
        private readonly Dictionary<double, int> _values = [];

        public int Count { get; private set; }

        public double Observed { get; private set; }

        public double Against { get; private set; }

        public void Clear()
        {
            (Count, Observed, Against) = (0, 0, 0);
            _values.Clear();
        }

        public void Add(DifferenceMetric metric, ReadOnlySpan<double> given)
        {
            Count += given.Length;
            Observed += metric.Within(given) / (given.Length - 1);
            Against += metric.Against(given);
            foreach (var value in given)
            {
                _values[value] = _values.GetValueOrDefault(value) + 1;
            }
        }

        /// <summary>Sum of squared differences over the ordered pairs of all values of the part.</summary>
        public double Inside(DifferenceMetric metric)
        {
            var sum = 0.0;
            foreach (var (a, timesA) in _values)
            {
                foreach (var (b, timesB) in _values)
                {
                    sum += a < b ? 2.0 * timesA * timesB * metric.Squared(a, b) : 0;
                }
            }

            return sum;
        }
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
}
