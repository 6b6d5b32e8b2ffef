namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Ranks of numbers.</summary>
public static class Ranks
{
    /// <summary>Ranks from 1, equal numbers sharing their mean rank.</summary>
    public static double[] Average(ReadOnlySpan<double> values)
    {
        Check.Finite(values, nameof(values));
        var (sorted, order) = (values.ToArray(), Enumerable.Range(0, values.Length).ToArray());
        Array.Sort(sorted, order);
        var ranks = new double[values.Length];
        for (var first = 0; first < sorted.Length;)
        {
            var last = first;
            while (last + 1 < sorted.Length && sorted[last + 1] == sorted[first])
            {
                last++;
            }

            for (var place = first; place <= last; place++)
            {
                ranks[order[place]] = ((first + last) / 2.0) + 1;
            }

            first = last + 1;
        }

        return ranks;
    }

    /// <summary>Sizes of the groups of equal numbers, in ascending order of the numbers.</summary>
    internal static long[] GroupSizes(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var sizes = new List<long>();
        for (var i = 0; i < sorted.Length; i++)
        {
            if (i > 0 && sorted[i] == sorted[i - 1])
            {
                sizes[^1]++;
            }
            else
            {
                sizes.Add(1);
            }
        }

        return [.. sizes];
    }
}
