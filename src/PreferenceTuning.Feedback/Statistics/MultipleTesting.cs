namespace PreferenceTuning.Feedback.Statistics;

/// <summary>p values adjusted for having tested many things (annotators, items); compare them with the wanted level.</summary>
public static class MultipleTesting
{
    /// <summary>Controls the false discovery rate. Benjamini and Hochberg 1995, JRSS B 57(1).</summary>
    public static double[] BenjaminiHochberg(IReadOnlyList<double> p) => StepUp(p, 1);

    /// <summary>The same under any dependence. Benjamini and Yekutieli 2001, Annals of Statistics 29(4).</summary>
    public static double[] BenjaminiYekutieli(IReadOnlyList<double> p) => StepUp(p, Enumerable.Range(1, p.Count).Sum(i => 1.0 / i));

    /// <summary>Controls the chance of any false rejection. Holm 1979, Scandinavian Journal of Statistics 6.</summary>
    public static double[] Holm(IReadOnlyList<double> p)
    {
        var (order, adjusted, largest) = (Ascending(p), new double[p.Count], 0.0);
        for (var place = 0; place < order.Length; place++)
        {
            largest = Math.Max(largest, (p.Count - place) * p[order[place]]);
            adjusted[order[place]] = Math.Min(1, largest);
        }

        return adjusted;
    }

    /// <summary>Each p times the number of tests.</summary>
    public static double[] Bonferroni(IReadOnlyList<double> p)
    {
        CheckPValues(p);
        return [.. p.Select(x => Math.Min(1, x * p.Count))];
    }

    private static double[] StepUp(IReadOnlyList<double> p, double factor)
    {
        var (order, adjusted, smallest) = (Ascending(p), new double[p.Count], 1.0);
        for (var place = order.Length - 1; place >= 0; place--)
        {
            smallest = Math.Min(smallest, p[order[place]] * factor * p.Count / (place + 1));
            adjusted[order[place]] = smallest;
        }

        return adjusted;
    }

    private static int[] Ascending(IReadOnlyList<double> p)
    {
        CheckPValues(p);
        return [.. Enumerable.Range(0, p.Count).OrderBy(i => p[i])];
    }

    private static void CheckPValues(IReadOnlyList<double> p)
    {
        foreach (var value in p)
        {
            if (!(value is >= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(p), value, "'p' must hold p values from 0 to 1; leave undefined ones out.");
            }
        }
    }
}
