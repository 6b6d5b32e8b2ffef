namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Where a test that accepts the observed share begins to reject, on one side; the rejecting side of the edge is returned.
/// </summary>
internal static class RejectionEdge
{
    /// <param name="excess">p value minus level: positive where the test accepts.</param>
    /// <param name="share">The observed share, which the test accepts.</param>
    /// <param name="upper">Which side.</param>
    public static double Find(Func<double, double> excess, double share, bool upper)
    {
        var far = Reject(excess, share, upper);
        var edge = upper ? BrentSearch.Root(excess, share, far) : BrentSearch.Root(excess, far, share);
        if (excess(edge) <= 0)
        {
            return edge;
        }

        // Brent stopped on the accepting side of a jump: step out until the test rejects, then halve.
        var power = 10;
        var outside = edge + ((far - edge) / Math.Pow(2, power));
        while (excess(outside) > 0 && power >= 0)
        {
            power--;
            outside = edge + ((far - edge) / Math.Pow(2, power));
        }

        return Halve(excess, upper ? share : outside, upper ? outside : share);
    }

    private static double Reject(Func<double, double> excess, double share, bool upper)
    {
        var x = share;
        for (var round = 0; round < 10; round++)
        {
            x = upper ? x + ((1 - x) / 8) : x / 8;
            if (excess(x) <= 0)
            {
                return x;
            }
        }

        return upper ? 1 - 2.220446049250313e-16 : 2.220446049250313e-16;
    }

    /// <summary>27 halvings; the rejected point whose p value came closest to the level.</summary>
    private static double Halve(Func<double, double> excess, double low, double high)
    {
        var atHigh = excess(high);
        var (best, bestPoint) = atHigh < 0 ? (atHigh, high) : (excess(low), low);
        for (var round = 0; round <= 27; round++)
        {
            var middle = (low + high) / 2;
            var value = excess(middle);
            if (value < 0 && value > best)
            {
                (best, bestPoint) = (value, middle);
            }

            (low, high) = Math.Sign(value) == Math.Sign(atHigh) ? (low, middle) : (middle, high);
        }

        return bestPoint;
    }
}
