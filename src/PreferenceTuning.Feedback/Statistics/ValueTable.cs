namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Numbers that several people gave to units, unit by unit; missing values are not there. Input of <see cref="KrippendorffAlpha"/>.
/// </summary>
public sealed class ValueTable
{
    private readonly int[] _unitStart;
    private readonly double[] _values;

    private ValueTable(int[] unitStart, double[] values) => (_unitStart, _values) = (unitStart, values);

    /// <summary>Number of units.</summary>
    public int UnitCount => _unitStart.Length - 1;

    /// <summary>The values that a unit got.</summary>
    public ReadOnlySpan<double> ValuesOf(int unit) => _values.AsSpan(_unitStart[unit].._unitStart[unit + 1]);

    /// <summary>From a matrix of raters by units.</summary>
    /// <param name="data">data[r][u] = value that rater r gave to unit u, null = missing.</param>
    /// <exception cref="ArgumentException">Raters with different numbers of units, or a value that is not finite.</exception>
    public static ValueTable FromMatrix(IReadOnlyList<IReadOnlyList<double?>> data)
    {
        var units = data.Count == 0 ? 0 : data[0].Count;
        var (unit, value) = (new List<int>(), new List<double>());
        foreach (var rater in data)
        {
            Check.SameLength(units, rater.Count, "data[0]", nameof(data));
            for (var u = 0; u < units; u++)
            {
                if (rater[u] is { } given)
                {
                    unit.Add(u);
                    value.Add(given);
                }
            }
        }

        return FromPairs(unit.ToArray(), value.ToArray(), units);
    }

    /// <summary>From one row per judgement.</summary>
    /// <param name="units">Unit of each judgement, 0..unitCount-1.</param>
    /// <param name="values">Value of each judgement, finite.</param>
    /// <param name="unitCount">Number of units.</param>
    public static ValueTable FromPairs(ReadOnlySpan<int> units, ReadOnlySpan<double> values, int unitCount)
    {
        Check.SameLength(units.Length, values.Length, nameof(units), nameof(values));
        Check.Finite(values, nameof(values));
        var start = new int[unitCount + 1];
        for (var a = 0; a < units.Length; a++)
        {
            Check.Index(units[a], unitCount, nameof(units), a);
            start[units[a] + 1]++;
        }

        for (var u = 0; u < unitCount; u++)
        {
            start[u + 1] += start[u];
        }

        var next = start.AsSpan(0, unitCount).ToArray();
        var sorted = new double[units.Length];
        for (var a = 0; a < units.Length; a++)
        {
            sorted[next[units[a]]++] = values[a];
        }

        return new(start, sorted);
    }

    /// <summary>From counts of values per unit.</summary>
    /// <param name="counts">[units, values]: how often the unit got the value.</param>
    /// <param name="domain">The value of each column.</param>
    public static ValueTable FromCounts(int[,] counts, IReadOnlyList<double> domain)
    {
        Check.SameLength(counts.GetLength(1), domain.Count, nameof(counts), nameof(domain));
        var (unit, value) = (new List<int>(), new List<double>());
        for (var u = 0; u < counts.GetLength(0); u++)
        {
            for (var v = 0; v < domain.Count; v++)
            {
                Check.Count(counts[u, v], nameof(counts));
                unit.AddRange(Enumerable.Repeat(u, counts[u, v]));
                value.AddRange(Enumerable.Repeat(domain[v], counts[u, v]));
            }
        }

        return FromPairs(unit.ToArray(), value.ToArray(), counts.GetLength(0));
    }

    /// <summary>From an answer table; label l counts as the number l unless values are given.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="values">The number that each label stands for; null for its index.</param>
    public static ValueTable FromAnswers(LabelTable answers, IReadOnlyList<double>? values = null)
    {
        if (values is not null)
        {
            Check.SameLength(answers.LabelCount, values.Count, nameof(answers), nameof(values));
        }

        var numbers = new double[answers.AnswerCount];
        for (var a = 0; a < numbers.Length; a++)
        {
            numbers[a] = values is null ? answers.Labels[a] : values[answers.Labels[a]];
        }

        Check.Finite(numbers, nameof(values));
        return new(answers.ItemStart.ToArray(), numbers);
    }
}
