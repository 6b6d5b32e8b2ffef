namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Pairs of points by direction. Excess = concordant minus discordant.</summary>
internal readonly record struct Concordance(long Total, long TiedInX, long TiedInY, double Excess, long Discordant)
{
    /// <summary>The smaller of discordant and not discordant pairs.</summary>
    public long Rarer => Math.Min(Discordant, Total - Discordant);

    public static Concordance Count(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var points = new (double X, double Y)[x.Length];
        for (var i = 0; i < points.Length; i++)
        {
            points[i] = (x[i], y[i]);
        }

        Array.Sort(points);
        long both = 0, run = 0;
        for (var i = 1; i < points.Length; i++)
        {
            run = points[i] == points[i - 1] ? run + 1 : 0;
            both += run;
        }

        var total = (long)x.Length * (x.Length - 1) / 2;
        var (tiedX, tiedY) = (PairsIn(Ranks.GroupSizes(x)), PairsIn(Ranks.GroupSizes(y)));
        var sorted = Array.ConvertAll(points, p => p.Y);
        var discordant = Inversions(sorted, new double[sorted.Length], 0, sorted.Length);
        return new(total, tiedX, tiedY, total - tiedX - tiedY + both - (2.0 * discordant), discordant);
    }

    private static long PairsIn(long[] groups) => groups.Sum(t => t * (t - 1) / 2);

    /// <summary>Merge sort that counts how often a larger number stands before a smaller one.</summary>
    private static long Inversions(double[] list, double[] spare, int from, int to)
    {
        if (to - from < 2)
        {
            return 0;
        }

        var middle = (from + to) / 2;
        var count = Inversions(list, spare, from, middle) + Inversions(list, spare, middle, to);
        var (left, right) = (from, middle);
        for (var place = from; place < to; place++)
        {
            if (right == to || (left < middle && list[left] <= list[right]))
            {
                spare[place] = list[left++];
            }
            else
            {
                count += middle - left;
                spare[place] = list[right++];
            }
        }

        Array.Copy(spare, from, list, from, to - from);
        return count;
    }
}
